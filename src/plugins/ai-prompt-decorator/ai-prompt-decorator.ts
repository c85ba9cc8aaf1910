import { GatewayError } from "../../chat/error.ts";
import { withMessages } from "../../formats/added-messages.ts";
import type { Middleware } from "../../gateway/call/call.ts";
import { changedPrompt } from "../../gateway/call/client-paths.ts";
import { readClientPrompt, withPrompt } from "../../gateway/request/client-prompt.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { definePlugin } from "../define-plugin.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { type PromptDecoratorOptions, promptDecoratorOptions } from "./options.ts";

export const aiPromptDecorator = definePlugin({
  name: "ai-prompt-decorator",
  priority: 772,
  about: "Adds messages before and after those of the client.",
  options: promptDecoratorOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create: (options) => ({ handle: middleware(options) }),
});

/** The reference's own words, for whatever has no messages to add to. */
const NO_CHAT = "this LLM route only supports llm/chat type requests";

function middleware(options: PromptDecoratorOptions): Middleware {
  const { prompts, llm_format: llmFormat, max_request_body_size: limitBytes } = options;
  const { prepend = [], append = [] } = prompts;
  const added = { prepend, append };
  const reading = { llmFormat, limitBytes, unreadable: NO_CHAT };
  return refusingInDialect(llmFormat, async (call, next) => {
    const read = await readClientPrompt(call, reading);
    const startedAtMs = performance.now();
    const decorated = withMessages(read.prompt, added);
    if (!decorated) throw new GatewayError("invalid_request", NO_CHAT);
    const { wire, prepended, notices } = decorated;
    if (notices.length > 0) call.record.notices = [...call.record.notices, ...notices];
    noteFigures(call.record, "ai-prompt-decorator", {
      input_processing_latency: latencySince(startedAtMs),
    });
    const changed = changedPrompt(read.prompt, wire, { prepended });
    return next(withPrompt(read, { ...changed, stream: read.prompt.stream }));
  });
}
