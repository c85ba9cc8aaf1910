import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, parseJson } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import { clientAnswer } from "../../gateway/answer/client-answer.ts";
import type { Call, Middleware, Next } from "../../gateway/call/call.ts";
import { commonFormat } from "../../gateway/call/client-format.ts";
import { asGatewayError, errorReply } from "../../gateway/call/error-reply.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import { readFlow } from "../../gateway/call/read-body.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { withWire } from "../../gateway/request/large-body.ts";
import { definePlugin } from "../define-plugin.ts";
import { type TransformText, textTransformer } from "../text-transformer.ts";
import { targetOf } from "../transformer-options.ts";
import {
  type ResponseTransformerOptions,
  readInstructions,
  responseTransformerOptions,
} from "./options.ts";

const NAME = "ai-response-transformer";

export const aiResponseTransformer = definePlugin({
  name: NAME,
  priority: 768,
  about: "Has a model rewrite the answer before the client gets it.",
  options: responseTransformerOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  targets: (options) => [targetOf(options)],
  create: (options, { id }) => ({ handle: middleware(options, id) }),
});

/** Largest answer that is held whole. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

function middleware(options: ResponseTransformerOptions, pluginId: string): Middleware {
  const transform = textTransformer(options, pluginId, NAME);
  return async (call, next) => {
    try {
      const reply = await asked(call, next);
      if (options.only_success && reply.status >= 400) return reply;
      return await transformed(reply, call, transform, options);
    } catch (thrown) {
      const error = asGatewayError(thrown);
      if (error.code === "internal" || error.code === "client_aborted") throw thrown;
      call.record.error = error;
      call.record.source = "gateway";
      return errorReply(error, call.prompt?.format ?? commonFormat, call.id);
    }
  };
}

/** The answer from further in. What went wrong there is told in the reference's words. */
async function asked(call: Call, next: Next): Promise<Reply> {
  try {
    return await next(call.prompt ? { ...call, prompt: unstreamed(call.prompt) } : call);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    const sentence = SENTENCES[cause.code];
    if (sentence === undefined) throw cause;
    throw new GatewayError(cause.code, `${sentence}: ${cause.message}`, { status: 500, cause });
  }
}

/** The same question for a whole answer. */
function unstreamed(prompt: Prompt): Prompt {
  if (!prompt.stream) return prompt;
  const { streaming } = prompt.format.intent.members;
  const kept = Object.entries(prompt.wire).filter(([name]) => !streaming.includes(name));
  return { ...withWire(prompt, Object.fromEntries(kept)), stream: false };
}

const SENTENCES: Partial<Record<GatewayError["code"], string>> = {
  upstream_connect_failed: "failed to connect to upstream",
  upstream_connect_timeout: "failed to connect to upstream",
  upstream_dns: "failed to connect to upstream",
  upstream_tls: "failed to connect to upstream",
  upstream_reset: "subrequest failed",
  upstream_timeout: "subrequest failed",
  upstream_truncated: "subrequest failed",
  upstream_stalled: "subrequest failed",
};

async function transformed(
  reply: Reply,
  call: Call,
  transform: TransformText,
  options: ResponseTransformerOptions,
): Promise<Reply> {
  const text = await transform(await wholeText(reply, call), call);
  const headers = HeaderMap.of(reply.headers);
  if (!options.parse_llm_response_json_instructions) {
    return answered({ status: reply.status, headers }, text, call);
  }
  const instructions = readInstructions(text);
  for (const [name, value] of instructions.headers) headers.set(name, value);
  return answered({ status: instructions.status, headers }, instructions.body, call);
}

/** The answer as the client would have got it, all of it, though it may ask for a stream. */
async function wholeText(reply: Reply, call: Call): Promise<string> {
  const { prompt } = call;
  const whole = prompt ? { ...reply, prompt: { ...prompt, stream: false } } : reply;
  const answer = await clientAnswer(whole, call);
  const content =
    answer.type === "whole"
      ? answer.content
      : await readFlow(answer.chunks, MAX_ANSWER_BYTES).catch(tooLarge);
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}

function tooLarge(cause: unknown): never {
  if (!(cause instanceof GatewayError) || cause.code !== "body_too_large") throw cause;
  const message = "subrequest failed: the upstream's answer is larger than 64 MiB";
  throw new GatewayError("upstream_bad_response", message, { cause });
}

function answered(head: Pick<Reply, "status" | "headers">, text: string, call: Call): Reply {
  const { prompt } = call;
  const isStream = prompt?.stream === true && head.status < 300;
  if (isStream) return streamedText(head, text, prompt);
  const type = head.headers.get("content-type");
  // The stream that this was made of is no stream any more.
  if (prompt && type?.startsWith("text/event-stream")) {
    head.headers.set("content-type", "application/json");
  }
  return { ...head, body: { type: "whole", bytes: new TextEncoder().encode(text) } };
}

/**
 * A text as the stream that the client asked for. An answer in the client's own dialect becomes that
 * dialect's stream; any other text is one server-sent event.
 */
export function streamedText(
  head: Pick<Reply, "status" | "headers">,
  text: string,
  prompt: Prompt,
): Reply {
  const { format } = prompt;
  const bytes = new TextEncoder().encode(text);
  const response = responseIn(text, format);
  if (response) return { ...head, prompt, body: { type: "whole", format, bytes, response } };
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  const event = `${lines.join("")}\n${format.streamTerminator ?? ""}`;
  head.headers.set("content-type", "text/event-stream");
  return { ...head, body: { type: "whole", bytes: new TextEncoder().encode(event) } };
}

function responseIn(text: string, format: Prompt["format"]): ChatResponse | undefined {
  try {
    const wire = parseJson(text);
    if (!isJsonObject(wire)) return undefined;
    const response = format.decodeResponse(wire);
    return response.choices.length > 0 ? response : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof GatewayError) return undefined;
    throw cause;
  }
}
