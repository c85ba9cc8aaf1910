import { unlessEmpty } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";
import type { Usage } from "../chat/usage.ts";
import type { AiRecord, Attempt, CallRecord } from "./call-record.ts";
import { cost } from "./cost.ts";
import { llmLatencyMs, timeToFirstTokenMs } from "./elapsed.ts";
import { settledUsage } from "./estimate.ts";
import { redactText, redactUri } from "./redact.ts";

/** The `ai` member of a log record (https://developer.konghq.com/ai-gateway/ai-audit-log-reference/). */
export interface AiLog {
  readonly proxy?: Readonly<Record<string, unknown>>;
  readonly [plugin: string]: unknown;
}

const UNKNOWN = "UNSPECIFIED";
const PROXY = "proxy.";

/**
 * What AI plugins say of the call; undefined when none has anything to say. Statistics and payloads
 * are independent switches.
 */
export function aiLog(record: CallRecord): AiLog | undefined {
  const { ai, plugins } = record;
  const proxy: Record<string, unknown> = {};
  if (ai?.statistics) addStatistics(proxy, record, ai);
  if (ai?.payloads) proxy.payload = payloadLog(ai);
  const others: Record<string, unknown> = {};
  for (const key in plugins) {
    if (!key.startsWith(PROXY)) others[key] = plugins[key];
    else if (!ai || ai.statistics) proxy[key.slice(PROXY.length)] = plugins[key];
  }
  const hasProxy = hasMembers(proxy);
  if (!hasProxy) return hasMembers(others) ? others : undefined;
  return { ...others, proxy };
}

function hasMembers(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

function addStatistics(proxy: Record<string, unknown>, record: CallRecord, ai: AiRecord): void {
  const usage = settledUsage(record, ai);
  const latencyMs = llmLatencyMs(record, ai);
  proxy.meta = metaLog(record, ai, latencyMs);
  proxy.usage = {
    ...(isText(record) ? textTokens(usage) : mediaTokens(usage)),
    time_per_token: timePerToken(latencyMs, usage.completionTokens),
    time_to_first_token: timeToFirstTokenMs(record, ai),
    cost: cost(usage, ai.prices),
    estimated: usage.estimated,
  };
  if (record.attempts.length > 0) {
    proxy.tried_targets = record.attempts.map((attempt) => targetLog(record, attempt));
  }
  if (record.notices.length > 0) proxy.notices = record.notices.map(noticeLog);
}

function metaLog(record: CallRecord, ai: AiRecord, latencyMs: number | undefined) {
  const model = ai.requestModel || UNKNOWN;
  return {
    plugin_id: ai.pluginId,
    provider_name: ai.provider || UNKNOWN,
    target_name: ownName(ai),
    request_model: model,
    response_model: ai.responseModel || model,
    request_mode: ai.requestMode,
    llm_latency: latencyMs,
    ...ai.coordinates,
    stream_error: record.streamError && {
      code: record.streamError.code,
      message: redactText(record.streamError.message),
    },
  };
}

/** Milliseconds a token, unrounded; absent when no model was asked. */
function timePerToken(latencyMs: number | undefined, tokens: number): number | undefined {
  if (latencyMs === undefined) return undefined;
  return tokens > 0 ? latencyMs / tokens : 0;
}

/** Speech, images, video and realtime are counted under other names than text. */
function isText(record: CallRecord): boolean {
  const routeType = record.attempts.at(-1)?.routeType ?? "";
  return !/^(?:audio|image|video|realtime)\//.test(routeType);
}

function textTokens(usage: Usage) {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: unlessEmpty({
      cached_tokens: usage.cachedTokens,
      audio_tokens: usage.promptAudioTokens,
      ...cacheWrites(usage),
    }),
    completion_tokens_details: unlessEmpty({
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.completionAudioTokens,
      accepted_prediction_tokens: usage.acceptedPredictionTokens,
      rejected_prediction_tokens: usage.rejectedPredictionTokens,
    }),
  };
}

function mediaTokens(usage: Usage) {
  return {
    input_tokens: usage.promptTokens,
    output_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    input_tokens_details: unlessEmpty({
      cached_tokens: usage.cachedTokens,
      audio_tokens_count: usage.promptAudioTokens,
    }),
    output_tokens_details: unlessEmpty({
      audio_tokens: usage.completionAudioTokens,
      reasoning_tokens: usage.reasoningTokens,
    }),
  };
}

function cacheWrites(usage: Usage) {
  if (!usage.cacheWriteTokens) return undefined;
  let total = 0;
  for (const tokens of Object.values(usage.cacheWriteTokens)) total += tokens;
  const { "": _unnamed, ...byTtl } = usage.cacheWriteTokens;
  return { cache_write_tokens: total, cache_write_tokens_by_ttl: unlessEmpty(byTtl) };
}

function targetLog(record: CallRecord, attempt: Attempt) {
  return {
    provider: attempt.provider,
    name: ownName(attempt),
    model: attempt.model,
    host: attempt.host,
    ip: attempt.ip,
    port: attempt.port,
    upstream_scheme: attempt.scheme,
    upstream_uri: redactUri(attempt.uri, record.secretNames),
    route_type: attempt.routeType,
    status: attempt.status,
    latency_ms:
      attempt.headersAtMs === undefined
        ? undefined
        : Math.round(attempt.headersAtMs - attempt.startedAtMs),
    error: attempt.error?.code,
    left: attempt.left,
    weight: attempt.weight,
    cost: attempt.cost,
  };
}

/** Only where it says more than the provider. */
function ownName({ provider, targetName }: Pick<Attempt, "provider" | "targetName">) {
  return targetName === provider ? undefined : targetName;
}

function noticeLog(notice: Notice) {
  return { kind: notice.kind, field: notice.field, reason: notice.reason };
}

function payloadLog(ai: AiRecord) {
  return { request: ai.payloadRequest, response: ai.payloadResponse };
}
