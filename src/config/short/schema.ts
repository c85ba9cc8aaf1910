import { z } from "zod";
import { isKeyDigest } from "../../plugins/key-auth/key-digest.ts";
import { PROVIDER_NAMES } from "../../providers/target-schema.ts";
import { ELSEWHERE_IN_MODEL, ELSEWHERE_IN_PROVIDER } from "../schemas/elsewhere.ts";
import { durationSchema } from "./duration.ts";
import { OTHER_MODEL_NAMES, OTHER_PROVIDER_NAMES } from "./other-names.ts";

const key = z.string().min(1).meta({ secret: true, referenceable: true });
const text = (description: string) =>
  z.string().min(1).optional().meta({ description, referenceable: true });

/** A provider in the short form. Any string may hold `$NAME` or `${NAME}`, from the environment. */
export const shortProviderSchema = z
  .strictObject({
    type: z
      .enum(PROVIDER_NAMES)
      .optional()
      .describe("The vendor; the entry's own name unless set."),
    key: z
      .union([key, z.array(key).min(1)])
      .optional()
      .describe(
        "API key: $NAME, {vault://…}, or the key itself. Several take turns, and stand in for each other.",
      ),
    url: text(
      "Base URL of the API, up to but not including the operation: http://127.0.0.1:8080/v1.",
    ),
    format: z
      .enum(["ollama", "openai", "raw"])
      .optional()
      .describe("Dialect of llama2 and mistral upstreams; openai unless set."),
    instance: text("Azure OpenAI resource."),
    deployment: text("Azure OpenAI deployment; the model's name unless set."),
    api_version: text("Azure OpenAI api-version, or Anthropic's anthropic-version."),
    region: text("AWS region."),
    workspace: text("Databricks workspace (dbc-xxx-yyy)."),
    timeout: durationSchema(
      "How long to wait for its headers, between two reads or two events that say something, and for a whole answer; 60 s without a byte, 300 s without a word and 600 s for a whole answer unless set.",
    ),
    options: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("More options, as in the model.options of ai-proxy."),
  })
  .meta({ otherNames: OTHER_PROVIDER_NAMES, elsewhere: ELSEWHERE_IN_PROVIDER });

export type ShortProvider = z.output<typeof shortProviderSchema>;

/** One model name and who serves it. */
export const shortModelSchema = z.union([
  z.string().min(1),
  z.array(z.string().min(1)).describe("Asked in this order, until one answers."),
  z
    .strictObject({
      use: z
        .union([z.string().min(1), z.array(z.string().min(1))])
        .describe("provider/model, or several; `provider/model x2` gets two shares of the work."),
      options: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("Options for this model alone, as in the model.options of ai-proxy."),
      balance: z
        .string()
        .optional()
        .describe(
          "How several targets share the work: order, round-robin, latency, usage, cost, connections, or `hash on HEADER`; order unless set.",
        ),
      timeout: durationSchema("The provider's `timeout`, for this model."),
      cache: z.unknown().optional().describe("How long answers are kept."),
    })
    .meta({ otherNames: OTHER_MODEL_NAMES, elsewhere: ELSEWHERE_IN_MODEL }),
]);

export type ShortModel = z.output<typeof shortModelSchema>;

/** One caller of the short form, and what it may call. */
export const shortKeySchema = z
  .strictObject({
    hash: z
      .string()
      .refine(isKeyDigest, "expected sha256: and 64 hex digits; 'dragoman key new' prints one")
      .optional()
      .describe("`sha256:` and the key's SHA-256 in hex, as `dragoman key new` prints it."),
    key: key.optional().describe("The key itself, in place of its hash: $NAME or {vault://…}."),
    models: z
      .array(z.string().min(1))
      .optional()
      .describe("The only models it may call; a name may end in `*`. Any, unless set."),
  })
  .superRefine((entry, context) => {
    if ((entry.key === undefined) !== (entry.hash === undefined)) return;
    const message = "exactly one of these fields must be non-empty: 'hash', 'key'";
    context.addIssue({ code: "custom", message });
  });

export type ShortKey = z.output<typeof shortKeySchema>;
