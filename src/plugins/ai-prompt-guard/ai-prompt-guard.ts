import { GatewayError } from "../../chat/error.ts";
import type { Middleware } from "../../gateway/call/call.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { readClientPrompt } from "../../gateway/request/client-prompt.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { definePlugin } from "../define-plugin.ts";
import { compilePattern, type Pattern, searched } from "../pcre-pattern.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { type Inspection, inspectedText } from "./inspected-text.ts";
import { type PromptGuardOptions, promptGuardOptions } from "./options.ts";

export const aiPromptGuard = definePlugin({
  name: "ai-prompt-guard",
  priority: 771,
  about: "Refuses prompts by patterns: those that match a forbidden one, or none that is allowed.",
  options: promptGuardOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create: (options) => ({ handle: middleware(options) }),
});

/** Why a prompt was refused; the log says it, the client is not told. */
type Reason =
  | "prompt pattern is blocked"
  | "prompt doesn't match any allowed pattern"
  | "ai-prompt-guard only supports llm/v1/chat or llm/v1/completions prompts";

function middleware(options: PromptGuardOptions): Middleware {
  const { allow_patterns = [], deny_patterns = [], llm_format: llmFormat } = options;
  const allow = allow_patterns.map(compilePattern);
  const deny = deny_patterns.map(compilePattern);
  const inspection: Inspection = {
    allRoles: options.match_all_roles,
    lastOnly: options.allow_all_conversation_history,
  };
  const reading = {
    llmFormat,
    limitBytes: options.max_request_body_size,
    unreadable: "request body is not valid JSON",
  };
  return refusingInDialect(llmFormat, async (call, next) => {
    const read = await readClientPrompt(call, reading);
    const startedAtMs = performance.now();
    const reason = judged(read.prompt, inspection, allow, deny);
    noteFigures(call.record, "ai-prompt-guard", {
      input_processing_latency: latencySince(startedAtMs),
      input_block_reason: reason ?? "",
    });
    if (!reason) return next(read);
    throw new GatewayError("invalid_request", "bad request", { cause: reason });
  });
}

function judged(
  prompt: Prompt,
  inspection: Inspection,
  allow: readonly Pattern[],
  deny: readonly Pattern[],
): Reason | undefined {
  const text = inspectedText(prompt, inspection);
  if (text === undefined) {
    return "ai-prompt-guard only supports llm/v1/chat or llm/v1/completions prompts";
  }
  const said = searched(text.said);
  const isMore = deny.length > 0 && text.sent !== text.said;
  const sent = isMore ? searched(text.sent) : undefined;
  const isDenied = (pattern: Pattern) =>
    pattern.matches(said) || (sent !== undefined && pattern.matches(sent));
  if (deny.some(isDenied)) return "prompt pattern is blocked";
  // A tool's description is no question: what is asked must be allowed by itself.
  if (allow.length === 0 || allow.some((pattern) => pattern.matches(said))) return undefined;
  return "prompt doesn't match any allowed pattern";
}
