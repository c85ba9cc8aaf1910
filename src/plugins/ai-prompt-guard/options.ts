import { z } from "zod";
import { GENAI_CATEGORIES, llmFormatSchema } from "../../providers/target-schema.ts";
import { compilePattern, PatternError } from "../pcre-pattern.ts";
import { maxRequestBodySize } from "../proxy-fields.ts";

const patterns = z.array(z.string().min(1).max(500).superRefine(checkPattern)).max(10).optional();

export const promptGuardOptions = z
  .strictObject({
    allow_patterns: patterns.describe(
      "Expressions of PCRE; a prompt must match one of them, where there are any.",
    ),
    deny_patterns: patterns.describe("Expressions of PCRE; a prompt that matches one is refused."),
    allow_all_conversation_history: z
      .boolean()
      .default(false)
      .describe("Look at the last message alone and leave out what was said before."),
    match_all_roles: z
      .boolean()
      .default(false)
      .describe("Look at what the system, the assistant and tools say too, not only at the user."),
    max_request_body_size: maxRequestBodySize,
    genai_category: z
      .enum(GENAI_CATEGORIES)
      .default("text/generation")
      .describe("Coarse label of the traffic, for analytics."),
    llm_format: llmFormatSchema,
  })
  .superRefine((options, context) => {
    const { allow_patterns: allow = [], deny_patterns: deny = [] } = options;
    if (allow.length === 0 && deny.length === 0) {
      const message =
        "at least one of these fields must be non-empty: 'config.allow_patterns', 'config.deny_patterns'";
      context.addIssue({ code: "custom", path: ["@entity"], message });
    }
    if (!options.match_all_roles || !options.allow_all_conversation_history) return;
    context.addIssue({
      code: "custom",
      path: ["@entity"],
      message: "failed conditional validation given value of field 'config.match_all_roles'",
    });
    context.addIssue({
      code: "custom",
      path: ["allow_all_conversation_history"],
      message: "value must be false",
    });
  });

function checkPattern(source: string, context: z.RefinementCtx): void {
  try {
    compilePattern(source);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    context.addIssue({ code: "custom", message: `invalid pattern: ${cause.message}` });
  }
}

export type PromptGuardOptions = z.output<typeof promptGuardOptions>;
