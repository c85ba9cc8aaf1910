import type { Middleware } from "../../gateway/call/call.ts";
import {
  type PromptCall,
  promptShown,
  type Reading,
  readClientPrompt,
} from "../../gateway/request/client-prompt.ts";
import { definePlugin } from "../define-plugin.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { guardedAnswer } from "./guarded-answer.ts";
import { type Inspect, inspector } from "./inspect.ts";
import { type Judge, judgeFor } from "./judge.ts";
import {
  type ContentSafetyOptions,
  contentSafetyOptions,
  contentSafetyWarnings,
  withItsOwnName,
} from "./options.ts";
import { selectedText } from "./selected-text.ts";

const NAME = "ai-azure-content-safety";

export const aiAzureContentSafety = definePlugin({
  name: NAME,
  priority: 774,
  about:
    "Has Azure AI Content Safety look at what is asked and answered, and refuses what breaches a category or a blocklist.",
  options: contentSafetyOptions,
  scopes: ["route", "service"],
  readsText: true,
  migrate: withItsOwnName,
  warnings: contentSafetyWarnings,
  create(options, { id, instanceName, processState: { operatorLog } }) {
    const inspect = inspector(options, `${NAME} ${instanceName ?? id}`, operatorLog);
    return { handle: middleware(options, inspect) };
  },
});

function middleware(options: ContentSafetyOptions, inspect: Inspect): Middleware {
  const { guarding_mode: mode, llm_format: llmFormat, text_source: source } = options;
  const reading: Reading = {
    llmFormat,
    limitBytes: options.max_request_body_size,
    unreadable: "request body is not valid JSON",
  };

  async function judgedPrompt(read: PromptCall, judge: Judge): Promise<PromptCall> {
    const text = selectedText(await promptShown(read, reading), source);
    const refusal = await judge("input", text);
    if (refusal) throw refusal;
    return read;
  }

  return refusingInDialect(llmFormat, async (call, next) => {
    const judge = judgeFor(call, options, inspect);
    const inner =
      mode === "OUTPUT" ? call : await judgedPrompt(await readClientPrompt(call, reading), judge);
    const reply = await next(inner);
    if (mode === "INPUT") return reply;
    const judgeAnswer = (text: string | undefined) => judge("output", text);
    return guardedAnswer(reply, call, judgeAnswer, options.response_buffer_size);
  });
}
