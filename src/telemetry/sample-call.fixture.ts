import { type AiRecord, type CallRecord, closeRecord, openRecord } from "./call-record.ts";

/** What a test or an example wants otherwise. */
export interface SampleCall {
  readonly uri?: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** `null`: no AI plugin took the call. */
  readonly ai?: Partial<AiRecord> | null;
  /** `null`: nothing was sent upstream. */
  readonly routeType?: string | null;
}

/** A chat call before its end: accepted at 100 ms, sent at 110, headers at 1,647, done at 1,660. */
export function openSampleCall(sample: SampleCall = {}): CallRecord {
  const record = openRecord({
    requestId: "5c1d2f00aa",
    startedAtEpochMs: 1_700_000_000_000,
    startedAtMs: 100,
    clientIp: "203.0.113.9",
    request: {
      method: "POST",
      uri: sample.uri ?? "/chat",
      url: "http://gateway.test:8000/chat",
      headers: new Headers(sample.requestHeaders ?? { "content-type": "application/json" }),
      tls: false,
      size: 80,
    },
  });
  record.route = { id: "r1", name: "chat" };
  record.service = { id: "s1", name: "models", host: "localhost" };
  if (sample.routeType !== null) addAttempt(record, sample.routeType ?? "llm/v1/chat");
  if (sample.ai !== null) record.ai = sampleAi(sample.ai ?? {});
  record.response = {
    status: 200,
    headers: new Headers(sample.responseHeaders ?? { "content-type": "application/json" }),
    size: 300,
  };
  return record;
}

export function sampleCall(sample: SampleCall = {}): CallRecord {
  const record = openSampleCall(sample);
  closeRecord(record, { endedAtMs: 1660 });
  return record;
}

function addAttempt(record: CallRecord, routeType: string): void {
  record.source = "upstream";
  record.attempts.push({
    provider: "openai",
    targetName: "openai",
    model: "gpt-4o",
    routeType,
    scheme: "https",
    host: "api.openai.com",
    port: 443,
    uri: "/v1/chat/completions",
    startedAtMs: 110,
    headersAtMs: 1647,
    status: 200,
  });
}

function sampleAi(ai: Partial<AiRecord>): AiRecord {
  return {
    pluginId: "b1f5e8c4",
    statistics: true,
    payloads: false,
    provider: "openai",
    targetName: "openai",
    requestModel: "gpt-4o",
    responseModel: "gpt-4o-2024-08-06",
    requestMode: "oneshot",
    prices: { input: 10, output: 10 },
    parsedAtMs: 105,
    usage: { promptTokens: 25, completionTokens: 12, totalTokens: 37 },
    generatedBytes: 44,
    ...ai,
  };
}
