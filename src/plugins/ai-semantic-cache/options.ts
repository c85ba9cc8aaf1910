import { z } from "zod";
import { COMMON_LLM_FORMAT } from "../../gateway/call/client-format.ts";
import { embeddingsProblems, embeddingsSchema } from "../../providers/embeddings-schema.ts";
import { LLM_FORMATS } from "../../providers/operations.ts";
import { targetChecks } from "../../providers/target-checks.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { vectordbSchema } from "../vectordb-schema.ts";

const SCOPES = [
  "system_prompt",
  "history",
  "options",
  "caller",
  "consumer",
  "consumer_group",
  "route",
];
const PARTITION = new RegExp(`^(?:${SCOPES.join("|")}|none|header:[!#$%&'*+.^_\`|~0-9A-Za-z-]+)$`);

const ignored = (who: string) =>
  z.boolean().default(false).describe(`Leave ${who} out before messages are counted.`);

const verify = z.enum(["off", "words"]);

export const semanticCacheOptions = z
  .strictObject({
    embeddings: embeddingsSchema,
    vectordb: vectordbSchema,
    exact_caching: z
      .boolean()
      .default(false)
      .describe(
        "Look for the very same question first, which needs no vector. An answer is found by either then.",
      ),
    cache_ttl: z.int().min(1).default(300).describe("Seconds that an answer is kept."),
    cache_control: z
      .boolean()
      .default(false)
      .describe(
        "Heed `Cache-Control` of requests and of vendors' answers. Most vendors forbid to keep any answer in it.",
      ),
    message_countback: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe("How many messages, from the last one back, make the question."),
    ignore_system_prompts: ignored("system messages"),
    ignore_assistant_prompts: ignored("the model's own messages"),
    ignore_tool_prompts: ignored("results of tools"),
    stop_on_failure: z
      .boolean()
      .default(false)
      .describe(
        "Answer with 500 where the embedding model or the store fails; else the call goes on without the cache.",
      ),
    llm_format: z
      .enum(LLM_FORMATS)
      .default(COMMON_LLM_FORMAT)
      .describe("The dialect that clients speak."),
    partition_by: z
      .array(
        z.string().regex(PARTITION, {
          message: `expected one of: ${SCOPES.join(", ")}, header:<name>, none`,
        }),
      )
      .min(1)
      .optional()
      .describe(
        "Which calls share answers, besides having the same model, tools and form of answer: those with the same `system_prompt`, `history` (what was said before the question), `options` (temperature and the like), `caller` (consumer, or else credential), `consumer`, `consumer_group`, `route`, or value of a `header:<name>`. `none`, alone: all calls of this plugin, as in the reference. Unset: no more than model, tools, form, and members that have no meaning here.",
      ),
    verify: verify
      .default("off")
      .describe(
        "`words` looks once more at what is near in meaning, and gives an answer only where numbers, names, negations, opposites and the order of words are the same. Each refusal is counted and logged with its reason.",
      ),
    single_flight: z
      .boolean()
      .default(false)
      .describe(
        "Let who asks what is being asked already wait for that answer, all of it, in place of asking the model too.",
      ),
    shadow: z
      .boolean()
      .default(false)
      .describe(
        "Only watch: ask the model all the same, and log whether the kept answer would have been the same text.",
      ),
    judge: targetSchema
      .optional()
      .describe(
        "With shadow: the model that says whether two answers with other words say the same; its verdicts are counted.",
      ),
    models: z
      .record(
        z.string(),
        z.strictObject({
          cache_ttl: z.int().min(1).optional().describe("Seconds that its answers are kept."),
          threshold: z.number().min(0).optional().describe("Largest distance that is a match."),
          verify: verify.optional().describe("Whether words are looked at once more."),
          shadow: z.boolean().optional().describe("Whether it is only watched."),
        }),
      )
      .optional()
      .describe(
        "The only models whose answers are kept, by the names that clients have for them, each with what is otherwise than above; all unless set.",
      ),
  })
  .superRefine((options, context) => {
    const { embeddings, judge, partition_by: parts = [], vectordb } = options;
    const refuse = (path: readonly string[], message: string) =>
      context.addIssue({ code: "custom", path: [...path], message });
    for (const problem of embeddingsProblems(embeddings, vectordb.dimensions)) {
      refuse(["@entity"], problem);
    }
    for (const { path, message } of judge
      ? targetChecks(judge, { llmFormat: COMMON_LLM_FORMAT })
      : []) {
      refuse(["judge", ...path.map(String)], message);
    }
    if (judge && judge.route_type !== "llm/v1/chat") {
      refuse(["judge", "route_type"], "a judge is asked in a chat: llm/v1/chat");
    }
    if (parts.includes("none") && parts.length > 1) {
      refuse(["partition_by"], "none stands alone: it shares answers among all calls");
    }
  });

export type SemanticCacheOptions = z.output<typeof semanticCacheOptions>;
