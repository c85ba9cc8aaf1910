import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../chat/json.ts";
import { PROMPT_MEMBERS } from "../../formats/registry.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import type { ClientBody, ClientRequest } from "../../gateway/call/client.ts";
import { bodyOf } from "../../gateway/call/client-body.ts";
import { COMMON_LLM_FORMAT } from "../../gateway/call/client-format.ts";
import { readClientBody } from "../../gateway/request/client-prompt.ts";
import { definePlugin } from "../define-plugin.ts";
import { wellFormedJson } from "../model-json.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { textTransformer } from "../text-transformer.ts";
import {
  checkTransformer,
  type TransformerOptions,
  targetOf,
  transformerFields,
} from "../transformer-options.ts";

const NAME = "ai-request-transformer";

export const aiRequestTransformer = definePlugin({
  name: NAME,
  priority: 777,
  about: "Has a model rewrite a request's body before it goes anywhere.",
  options: z.strictObject(transformerFields).superRefine(checkTransformer),
  scopes: ["consumer", "consumer_group", "route", "service"],
  targets: (options) => [targetOf(options)],
  create: (options, { id }) => ({ handle: middleware(options, id) }),
});

function middleware(options: TransformerOptions, pluginId: string): Middleware {
  const transform = textTransformer(options, pluginId, NAME);
  const { max_request_body_size: limitBytes, error_status: status } = options;
  return refusingInDialect(COMMON_LLM_FORMAT, async (call, next) => {
    const text = new TextDecoder().decode(await readClientBody(call, limitBytes));
    const answer = await transform(text, call);
    return next(withBody(call, isLlmRequest(text) ? llmRequest(answer, status) : answer));
  });
}

/** Headers stay but for the coding, which was the old body's; what was read of that does not. */
function withBody({ prompt: _, ...call }: Call, text: string): Call {
  const body = bodyOf(new TextEncoder().encode(text));
  const { request, serviceRequest } = call;
  return {
    ...call,
    request: withPlainBody(request, body),
    ...(serviceRequest && { serviceRequest: withPlainBody(serviceRequest, body) }),
  };
}

function withPlainBody(request: ClientRequest, body: ClientBody): ClientRequest {
  if (!request.headers.has("content-encoding")) return { ...request, body };
  const headers = HeaderMap.of(request.headers);
  headers.delete("content-encoding");
  return { ...request, headers, body };
}

function isLlmRequest(text: string): boolean {
  const value = jsonObject(text);
  return value !== undefined && PROMPT_MEMBERS.some((member) => Object.hasOwn(value, member));
}

const FENCED = /^\s*```[\w-]*\r?\n([\s\S]*?)\r?\n?```\s*$/;

/** Models like to put JSON in a fence; a proxy behind this plugin would take that for no JSON at all. */
function llmRequest(answer: string, status: number): string {
  const [, inner = ""] = FENCED.exec(answer) ?? [];
  const request = [answer, inner].map(wellFormedJson).find(jsonObject);
  if (request !== undefined) return request;
  const message = "failed to convert AI response to JSON: the request it wrote is no JSON object";
  throw new GatewayError("upstream_error", message, { status });
}

function jsonObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
