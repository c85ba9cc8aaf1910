import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import { promptInExtraBody } from "../../formats/extra-body.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { LlmFormat } from "../../providers/operations.ts";
import type { Call } from "../call/call.ts";
import type { ClientBody, ClientRequest } from "../call/client.ts";
import { bodyOf } from "../call/client-body.ts";
import { commonFormat, promptFormat } from "../call/client-format.ts";
import { maybeJson, type Prompt, promptOf, readPrompt } from "../call/prompt.ts";
import { wholePrompt } from "./large-body.ts";

/** A call whose request was read as an LLM request. */
export type PromptCall = Call & { readonly prompt: Prompt };

export interface Reading {
  readonly llmFormat: LlmFormat;
  /** 0 means none. */
  readonly limitBytes: number;
  /** What is said of a body that is not one JSON object. */
  readonly unreadable: string;
  /** JSON is looked for whatever the content type says. */
  readonly anyContentType?: boolean;
}

/**
 * The call with its prompt, for a plugin that looks at prompts or changes them: the first that asks
 * has it read, in its `llm_format`. What such a plugin has seen is what is sent, so the request is
 * written anew: of a member that stands in it twice, only the one that was seen is left. Throws
 * `invalid_request`, and `body_too_large` past the limit.
 */
export async function readClientPrompt(call: Call, reading: Reading): Promise<PromptCall> {
  const { prompt, record } = call;
  if (prompt) {
    const { limitBytes } = reading;
    if (limitBytes > 0 && record.request.size > limitBytes) throw tooLarge();
    return { ...call, prompt: wholePrompt(prompt) };
  }
  const wire = await readWire(call, reading);
  const read = promptOf(
    promptFormat(call.route.llmFormat ?? reading.llmFormat, wire),
    wire,
    call.request.path,
  );
  refuseHiddenPrompts(wire);
  return withPrompt(call, read);
}

/**
 * What the model will be asked, as far as it is known here: with the template filled in that a
 * plugin further in will fill in. For plugins that look at prompts and do not change them.
 */
export async function promptShown(call: Call, reading: Reading): Promise<Prompt> {
  const shown = call.preview ? await call.preview(call) : call;
  return (await readClientPrompt(shown, reading)).prompt;
}

async function readWire(call: Call, reading: Reading): Promise<JsonObject> {
  const { request } = call;
  const asked = reading.anyContentType
    ? { ...call, request: { ...request, headers: HeaderMap.of() } }
    : call;
  try {
    const { wire } = await readPrompt(asked.request, commonFormat, reading.limitBytes);
    return wire;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    if (cause.code === "body_too_large") throw tooLarge(cause);
    if (cause.code !== "invalid_request") throw cause;
    throw new GatewayError("invalid_request", reading.unreadable, { cause });
  }
}

/** The client's body as bytes. Throws `body_too_large` past the limit; 0 means none. */
export async function readClientBody(call: Call, limitBytes: number): Promise<Uint8Array> {
  try {
    return await call.request.body.bytes(limitBytes);
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code !== "body_too_large") throw cause;
    throw tooLarge(cause);
  }
}

function tooLarge(cause?: unknown): GatewayError {
  const message = "request body exceeds max_request_body_size";
  return new GatewayError("body_too_large", message, { cause });
}

/** A client that tries to hide a prompt from who looks at prompts is told so. */
function refuseHiddenPrompts(wire: JsonObject): void {
  const hidden = promptInExtraBody(wire);
  if (hidden === undefined) return;
  throw new GatewayError("invalid_request", `extra_body may not hold '${hidden}' on this route`);
}

/** The call with another prompt, which is also what a plain service gets as the body. */
export function withPrompt(call: Call, prompt: Prompt): PromptCall {
  const encoded = encodedWhenAsked(prompt.wire);
  const { request, serviceRequest } = call;
  return {
    ...call,
    prompt,
    request: withBody(request, encoded),
    ...(serviceRequest && { serviceRequest: withBody(serviceRequest, encoded) }),
  };
}

/** The request with another body, which is JSON and not compressed. */
export function withBody(request: ClientRequest, body: ClientBody): ClientRequest {
  const contentType = request.headers.get("content-type");
  const isPlain = contentType !== null && isPlainJson(contentType);
  if (isPlain && !request.headers.has("content-encoding")) return { ...request, body };
  const headers = HeaderMap.of(request.headers);
  if (!isPlain) headers.set("content-type", "application/json");
  headers.delete("content-encoding");
  return { ...request, headers, body };
}

function isPlainJson(contentType: string): boolean {
  return maybeJson(contentType) && contentType.includes("json");
}

function encodedWhenAsked(wire: JsonObject): ClientBody {
  let body: ClientBody | undefined;
  return {
    bytes(limitBytes) {
      body ??= bodyOf(new TextEncoder().encode(JSON.stringify(wire)));
      return body.bytes(limitBytes);
    },
    stream: () => null,
    forget: () => body?.forget(),
    free: () => undefined,
  };
}
