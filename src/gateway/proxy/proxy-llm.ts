import { GatewayError } from "../../chat/error.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import type { Target } from "../../providers/target.ts";
import type { Call, Next } from "../call/call.ts";
import { inDialect, responseAtChat } from "../call/client-format.ts";
import { asGatewayError, errorReply } from "../call/error-reply.ts";
import type { ProxySettings } from "../call/plan.ts";
import { type Prompt, promptIn } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { LARGE_BODY_BYTES, readLarge } from "../request/large-body.ts";
import { preserve } from "./preserve.ts";
import { proxyTo } from "./proxy.ts";

/** Chooses the target of a call; throws a `GatewayError` when there is none. */
export type ChooseTarget = (prompt: Prompt) => { target: Target; prompt: Prompt };

/**
 * The work of a proxy plugin: read the request, choose a target, send it there, and answer whatever
 * goes wrong in the client's own dialect.
 */
export function proxyLlm(
  settings: ProxySettings,
  format: WireFormat,
  choose: ChooseTarget,
  call: Call,
  next: Next,
): Promise<Reply> {
  return answering(settings, format, call, (read) => {
    const { target, prompt } = choose(read);
    return proxyTo(target, settings, prompt, call, next);
  });
}

/** Reads the request for `proxy`, and answers whatever goes wrong in the client's own dialect. */
export async function answering(
  settings: ProxySettings,
  format: WireFormat,
  call: Call,
  proxy: (prompt: Prompt) => Promise<Reply>,
): Promise<Reply> {
  try {
    const prompt = await promptFor(settings, format, call);
    const other = settings.answersIn === "client" ? responseAtChat(prompt) : undefined;
    if (!other) return await proxy(prompt);
    const reply = await proxy(other);
    // It is answered as what the address promises.
    return reply.prompt ? { ...reply, prompt: { ...reply.prompt, format } } : reply;
  } catch (thrown) {
    return failed(thrown, format, call);
  }
}

async function promptFor(
  { maxRequestBodyBytes: limitBytes, routeType }: ProxySettings,
  format: WireFormat,
  call: Call,
): Promise<Prompt> {
  if (call.prompt) checkSize(call, limitBytes);
  if (call.prompt) return inDialect(call.prompt, format);
  const { body, headers, path } = call.request;
  const bytes = await body.bytes(limitBytes);
  // Another thread reads conversations alone: texts for vectors are sent in parts, which this one cuts.
  const isLarge =
    bytes.byteLength >= LARGE_BODY_BYTES &&
    isAnsweredWith("text", routeType) &&
    !format.answersRepeatRequest;
  return isLarge
    ? readLarge(bytes, format, call)
    : promptIn(bytes, format, headers.get("content-type"), path);
}

/** Whoever read the request first did so within its own limit. */
function checkSize({ record }: Call, limitBytes: number): void {
  const { size } = record.request;
  if (limitBytes === 0 || size <= limitBytes) return;
  throw new GatewayError("body_too_large", `request body too large: ${size} > ${limitBytes}`);
}

/** The same for calls whose bodies are nobody's business. */
export async function proxyPreserved(
  settings: ProxySettings,
  target: Target,
  call: Call,
  next: Next,
): Promise<Reply> {
  try {
    return await preserve(target, settings, openaiChat, call, next);
  } catch (thrown) {
    return failed(thrown, openaiChat, call);
  }
}

function failed(thrown: unknown, format: WireFormat, call: Call): Reply {
  const error = asGatewayError(thrown);
  call.record.error = error;
  call.record.source = "gateway";
  return errorReply(error, format, call.id);
}
