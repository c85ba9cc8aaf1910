import { z } from "zod";
import { isKeyDigest } from "../../plugins/key-auth/key-index.ts";
import { PROVIDER_NAMES } from "../../providers/target-schema.ts";
import {
  ELSEWHERE_IN_MODEL,
  ELSEWHERE_IN_PROVIDER,
  OTHER_MODEL_NAMES,
  OTHER_PROVIDER_NAMES,
} from "../schemas/foreign-words.ts";
import { moneyOf, readBudget, readLimit } from "./amounts.ts";

const key = z.string().min(1).meta({ secret: true, referenceable: true });
const text = (description: string) =>
  z.string().min(1).optional().meta({ description, referenceable: true });

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const MAX_SECONDS = 86_400;
const WRITTEN = /^(\d{1,8}(?:\.\d{1,3})?)(ms|s|m|h)?$/;
const MESSAGE = "expected seconds, or a number with a unit: 90, 90s, 2m, 500ms (a day at most)";

/** A length of time: seconds, or a number with its unit. */
export function durationSchema(description: string) {
  return z
    .union([z.number(), z.string()], MESSAGE)
    .refine((written) => {
      const ms = durationMs(written);
      return ms >= 1 && ms <= MAX_SECONDS * UNITS_MS.s;
    }, MESSAGE)
    .optional()
    .describe(`${description} Seconds, or with a unit: 90, 2m, 500ms.`);
}

/** Whole milliseconds; 0 for what is no duration. */
export function durationMs(written: number | string): number {
  if (typeof written === "number") return Math.round(written * UNITS_MS.s);
  const [, count, unit = "s"] = WRITTEN.exec(written) ?? [];
  if (count === undefined || !isUnit(unit)) return 0;
  return Math.round(Number(count) * UNITS_MS[unit]);
}

function isUnit(unit: string): unit is keyof typeof UNITS_MS {
  return Object.hasOwn(UNITS_MS, unit);
}

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

/** Answers that are kept for who asks the same again. */
const shortCacheSchema = z.union([
  z.literal("semantic").describe("For the same question in other words too."),
  z.strictObject({
    semantic: z.strictObject({
      ttl: durationSchema("How long answers are kept; 5 minutes unless set."),
      threshold: z
        .number()
        .min(0)
        .max(2)
        .optional()
        .describe("How far in meaning a question may be, as a cosine distance; 0.3 unless set."),
      verify: z
        .enum(["off", "words"])
        .optional()
        .describe("Whether the words of what is near in meaning must agree; words unless set."),
      shadow: z
        .boolean()
        .optional()
        .describe("Ask the model all the same, and log whether the kept answer was the same."),
    }),
  }),
]);

export type ShortCache = z.output<typeof shortCacheSchema>;

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
      cache: shortCacheSchema
        .optional()
        .describe(
          "`semantic`, or what is to be otherwise: answers are kept for who asks the same.",
        ),
    })
    .meta({ otherNames: OTHER_MODEL_NAMES, elsewhere: ELSEWHERE_IN_MODEL }),
]);

export type ShortModel = z.output<typeof shortModelSchema>;

/** What nobody may ask. */
export const shortGuardSchema = z.strictObject({
  deny_meaning: z
    .array(z.string().min(1).max(500))
    .min(1)
    .describe("Examples of what is refused; what is near one in meaning is refused too."),
  threshold: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe("How near: the largest cosine distance, where bigger is looser; 0.4 unless set."),
});

const amounts = (read: (text: string) => unknown, example: string) => {
  const amount = z
    .string()
    .refine((text) => read(text) !== undefined, `expected an amount and a time: ${example}`);
  return z.union([amount, z.array(amount).min(1)]).optional();
};

/** What may be used in a time. */
const spending = {
  budget: amounts(readBudget, "$50/day").describe(
    "Money in a time, by the prices of the models: $50/day; or several.",
  ),
  limit: amounts(readLimit, "200k tokens/min or 60 calls/min").describe(
    "Tokens or calls in a time: 200k tokens/min, 60 calls/min; or several.",
  ),
};

/** Keys that share what they may use. */
export const shortTeamSchema = z.strictObject({
  keys: z.array(z.string().min(1)).min(1).describe("Names of the keys."),
  ...spending,
});

export type ShortTeam = z.output<typeof shortTeamSchema>;

/** What one session of an agent may use. */
export const shortRunSchema = z
  .strictObject({
    max: z
      .string()
      .refine((text) => moneyOf(text) !== undefined, "expected a sum of money: $2")
      .optional()
      .describe("Money, by the prices of the models: $2."),
    calls: z.int().positive().optional().describe("Calls."),
    minutes: z.number().positive().optional().describe("Minutes from the first call."),
    loops: z
      .int()
      .positive()
      .optional()
      .describe("How often in a row it may call one tool with the same arguments."),
  })
  .refine(
    (run) => Object.values(run).some((one) => one !== undefined),
    "say at least one of: max, calls, minutes, loops",
  );

const keyHash = z
  .string()
  .refine(isKeyDigest, "expected sha256: and 64 hex digits; 'dragoman key new' prints one");

/** One caller of the short form, and what it may call. */
export const shortKeySchema = z
  .strictObject({
    hash: z
      .union([keyHash, z.array(keyHash).min(1)])
      .optional()
      .describe(
        "`sha256:` and the key's SHA-256 in hex, as `dragoman key new` prints it; several while an old key is replaced.",
      ),
    key: key.optional().describe("The key itself, in place of its hash: $NAME or {vault://…}."),
    models: z
      .array(z.string().min(1))
      .optional()
      .describe("The only models it may call; a name may end in `*`. Any, unless set."),
    ...spending,
    expires: z.iso
      .date()
      .optional()
      .describe("The first day, UTC, on which it is not good any more: 2027-01-31."),
  })
  .superRefine((entry, context) => {
    if ((entry.key === undefined) !== (entry.hash === undefined)) return;
    const message = "exactly one of these fields must be non-empty: 'hash', 'key'";
    context.addIssue({ code: "custom", message });
  });

export type ShortKey = z.output<typeof shortKeySchema>;
