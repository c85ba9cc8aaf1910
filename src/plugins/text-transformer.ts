import { GatewayError } from "../chat/error.ts";
import type { Call } from "../gateway/call/call.ts";
import { secretNames } from "../gateway/call/plan.ts";
import { AskError, askModel, type Question } from "../gateway/proxy/ask-model.ts";
import { compileTarget } from "../providers/target.ts";
import { type CallRecord, hideNames, noteFigures, openQuestion } from "../telemetry/call-record.ts";
import { cost } from "../telemetry/cost.ts";
import { settledUsage } from "../telemetry/estimate.ts";
import { compileFinder } from "./pcre-pattern.ts";
import { type TransformerOptions, targetOf } from "./transformer-options.ts";

/** Has a model rewrite a text, on behalf of a call. */
export type TransformText = (text: string, call: Call) => Promise<string>;

/**
 * What the model answers to the prompt and the text, or the part of it that the pattern finds. What
 * it used and took stands in the call's record under `logKey`. Throws `GatewayError` in the
 * reference's words, with `error_status`.
 */
export function textTransformer(
  options: TransformerOptions,
  pluginId: string,
  logKey: string,
): TransformText {
  const target = compileTarget(targetOf(options));
  const hidden = secretNames([targetOf(options)]);
  const { transformation_extract_pattern: pattern } = options;
  const find = pattern ? compileFinder(pattern, { ignoreCase: true, multiline: true }) : undefined;
  const question = (text: string): Question => ({
    target,
    pluginId,
    messages: [
      { role: "system", content: options.prompt },
      { role: "user", content: text },
    ],
    timeoutMs: options.http_timeout,
    path: pathOf(options),
  });
  const failed = (message: string, cause?: unknown) =>
    new GatewayError("upstream_error", message, { status: options.error_status, cause });

  return async (text, call) => {
    hideNames(call.record, hidden);
    const asked = openQuestion(call.record);
    let answer: string;
    try {
      answer = await askModel(question(text), call, asked);
    } catch (cause) {
      throw cause instanceof AskError ? failed(sentence(cause), cause) : cause;
    } finally {
      noteQuestion(call.record, logKey, asked);
    }
    const found = find ? find(answer) : answer;
    if (found !== undefined) return found;
    throw failed("AI response did not match specified regular expression");
  };
}

function pathOf(options: TransformerOptions): NonNullable<Question["path"]> {
  const { http_proxy_host, http_proxy_port, https_proxy_host, https_proxy_port } = options;
  return {
    verifiesTls: options.https_verify,
    proxies: {
      ...(http_proxy_host && { http: `http://${http_proxy_host}:${http_proxy_port}` }),
      ...(https_proxy_host && { https: `http://${https_proxy_host}:${https_proxy_port}` }),
    },
  };
}

function sentence({ stage, message }: AskError): string {
  switch (stage) {
    case "status":
      return `failed to introspect request with AI service: ${message}`;
    case "sending":
      return `failed to introspect request with AI service: request to ai service failed: ${message}`;
    case "decoding":
      return `failed to convert AI response to Kong format: ${message}`;
    case "json":
      return `failed to convert AI response to JSON: ${message}`;
    case "choices":
      return "no 'choices' in upstream AI service response";
  }
}

/** In the shape of https://developer.konghq.com/ai-gateway/ai-audit-log-reference/. */
function noteQuestion(record: CallRecord, logKey: string, asked: CallRecord): void {
  const { ai, startedAtMs, endedAtMs = startedAtMs } = asked;
  if (!ai?.statistics && !ai?.payloads) return;
  const latencyMs = Math.round(endedAtMs - startedAtMs);
  const usage = settledUsage(asked, ai);
  const { completionTokens } = usage;
  const statistics = ai.statistics && {
    meta: {
      plugin_id: ai.pluginId,
      provider_name: ai.provider,
      request_model: ai.requestModel,
      response_model: ai.responseModel ?? ai.requestModel,
      llm_latency: latencyMs,
    },
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: completionTokens,
      total_tokens: usage.totalTokens,
      time_per_token: completionTokens > 0 ? latencyMs / completionTokens : 0,
      cost: cost(usage, ai.prices),
      ...(usage.estimated && { estimated: true }),
    },
    cache: {},
  };
  const payload = ai.payloads && {
    payload: { request: ai.payloadRequest, response: ai.payloadResponse },
  };
  noteFigures(record, logKey, { ...statistics, ...payload });
}
