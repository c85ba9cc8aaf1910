import { z } from "zod";
import { isJsonObject } from "../../chat/json.ts";
import { embeddingsProblems, embeddingsSchema } from "../../providers/embeddings-schema.ts";
import { GENAI_CATEGORIES, llmFormatSchema } from "../../providers/target-schema.ts";
import type { OptionsWarning } from "../define-plugin.ts";
import { maxRequestBodySize } from "../proxy-fields.ts";
import { vectordbSchema } from "../vectordb-schema.ts";

const prompts = z.array(z.string().min(1).max(500)).max(100).optional();

const rulesSchema = z
  .strictObject({
    allow_prompts: prompts.describe(
      "Subjects or examples of what may be asked; a prompt must be near one of them, where there are any.",
    ),
    deny_prompts: prompts.describe(
      "Subjects or examples of what may not be asked; a prompt that is near one is refused, whatever else is allowed.",
    ),
    match_all_conversation_history: z
      .boolean()
      .default(false)
      .describe("Look at all that was said, not only at what was said last."),
    match_all_roles: z
      .boolean()
      .default(false)
      .describe(
        "Look at what the system, the assistant and tools say, and at tools and schemas, not only at the user.",
      ),
  })
  .describe("What may be asked, and what not.");

export const semanticGuardOptions = z
  .strictObject({
    embeddings: embeddingsSchema,
    vectordb: vectordbSchema,
    rules: rulesSchema,
    search: z
      .strictObject({
        threshold: z
          .number()
          .min(0)
          .default(0.5)
          .describe("Largest distance at which a rule matches: bigger is looser."),
      })
      .prefault({})
      .describe("How near is near; `vectordb.threshold` plays no part."),
    error_code: z.int().min(400).max(499).default(400).describe("The status of a refusal."),
    reveal_reason: z
      .boolean()
      .default(false)
      .describe(
        "Whether the caller is told that a rule was the reason. Which one, only the log says.",
      ),
    stop_on_error: z
      .boolean()
      .default(true)
      .describe(
        "What becomes of a prompt that cannot be looked at, the embedding model having failed: refused with 500, or passed on.",
      ),
    max_request_body_size: maxRequestBodySize,
    genai_category: z
      .enum(GENAI_CATEGORIES)
      .default("text/generation")
      .describe("Coarse label of the traffic, for analytics."),
    llm_format: llmFormatSchema,
  })
  .superRefine(({ embeddings, rules, vectordb }, context) => {
    const refuse = (message: string) =>
      context.addIssue({ code: "custom", path: ["@entity"], message });
    const { allow_prompts: allow = [], deny_prompts: deny = [] } = rules;
    if (allow.length === 0 && deny.length === 0) {
      refuse(
        "at least one of these fields must be non-empty: 'config.rules.allow_prompts', 'config.rules.deny_prompts'",
      );
    }
    for (const problem of embeddingsProblems(embeddings, vectordb.dimensions)) refuse(problem);
  });

export type SemanticGuardOptions = z.output<typeof semanticGuardOptions>;

type Written = Readonly<Record<string, unknown>>;

/** Earlier releases had the limit of bodies among the rules. */
export function withLimitOnTop(
  options: Written,
  warn: (path: readonly string[], message: string) => void,
): Written {
  const { rules } = options;
  if (!isJsonObject(rules)) return options;
  const { max_request_body_size: limit, ...rest } = rules;
  if (limit === undefined) return options;
  warn(
    ["rules", "max_request_body_size"],
    "max_request_body_size has moved: write it beside rules",
  );
  return { max_request_body_size: limit, ...options, rules: rest };
}

/** What works, but probably not as meant. */
export function semanticGuardWarnings({ rules }: SemanticGuardOptions): readonly OptionsWarning[] {
  if (!rules.match_all_roles || rules.match_all_conversation_history) return [];
  const message =
    "only what was said last is looked at, whoever said it: what the system says stands before it, and needs match_all_conversation_history";
  return [{ path: ["rules", "match_all_roles"], message }];
}
