import { collector } from "../../chat/collect.ts";
import { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { isModelAnswer, observe, replayed } from "../../gateway/answer/observed-answer.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import type { Prompt } from "../../gateway/call/prompt.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { cost } from "../../telemetry/cost.ts";
import type { AnswerCache, Hit, Look } from "./answer-cache.ts";
import { type CacheControl, readCacheControl } from "./cache-control.ts";
import { isKeepable, MAX_KEPT_LENGTH } from "./kept-answer.ts";
import type { SemanticCacheOptions } from "./options.ts";
import { partitionOf } from "./partition.ts";
import { questionOf } from "./question.ts";

type Status = "Hit" | "Miss" | "Bypass" | "Refresh";

/** What the call's log says of the cache, as `ai.proxy.cache`. */
interface Figures {
  cache_status: Status;
  vector_db: string;
  embeddings_provider?: string;
  embeddings_model?: string;
  /** Milliseconds. */
  embeddings_latency?: number;
  /** Milliseconds. */
  fetch_latency?: number;
  distance?: number;
  cost_savings?: number;
  store_error?: string;
}

const NOTHING_USED = { promptTokens: 0, completionTokens: 0, totalTokens: 0 } as const;

/** Answers calls from the cache, and keeps what the model answers to the others. */
export function cachingAnswers(
  cache: AnswerCache,
  options: SemanticCacheOptions,
  instanceId: string,
): Middleware {
  const heeded = (header: string | null) => readCacheControl(options.cache_control ? header : null);

  function lookOf(call: Call): Look | undefined {
    const { prompt, request } = call;
    if (!prompt || prompt.large || isTrue(request.headers.get("x-cache-bypass"))) return undefined;
    const chat = chatOf(prompt);
    const question = chat && isKept(chat) ? questionOf(chat, options) : undefined;
    if (!chat || !question) return undefined;
    const model = (prompt.asked ?? prompt).wire["model"];
    const parts = options.partition_by ?? [];
    return cache.asked(question, partitionOf({ call, chat, model }, question, instanceId, parts));
  }

  /** Notes how it went; whatever a call's record says is said of it while it is open. */
  function noted(call: Call, status: Status, look?: Look, more?: Partial<Figures>): Figures {
    const { model } = options.embeddings;
    const figures: Figures = {
      cache_status: status,
      vector_db: options.vectordb.strategy,
      ...(look?.embeddingMs !== undefined && {
        embeddings_provider: model.provider,
        embeddings_model: model.name,
        embeddings_latency: look.embeddingMs,
      }),
      ...more,
    };
    noteFigures(call.record, "proxy.cache", figures);
    return figures;
  }

  function keeping(reply: Reply, call: Call, look: Look, figures: Figures): Reply {
    if (reply.status !== 200 || !isModelAnswer(reply)) return reply;
    const ttlSeconds = ttlOf(heeded(reply.headers.get("cache-control")), options.cache_ttl);
    if (ttlSeconds <= 0) return reply;
    return observe(
      reply,
      whenWhole((response) => {
        const { ai } = call.record;
        const spent = ai && response.usage ? cost(response.usage, ai.prices) : 0;
        const kept = { text: look.question.text, response, cost: spent };
        // Nobody waits for it: the client has its answer.
        cache.keep(look, kept, ttlSeconds).catch((cause: unknown) => {
          figures.store_error = reasonOf(cause);
        });
      }),
    );
  }

  return async (call, next) => {
    const control = heeded(call.request.headers.get("cache-control"));
    const look = control.noStore ? undefined : lookOf(call);
    if (!look) {
      noted(call, "Bypass");
      return withStatus(await next(call), "Bypass");
    }
    const startedAtMs = performance.now();
    const isRefresh = control.noCache || control.maxAge === 0;
    let hit: Hit | undefined;
    try {
      hit = isRefresh ? undefined : await cache.find(look, control.maxAge);
    } catch (cause) {
      noted(call, "Bypass", look, { store_error: reasonOf(cause) });
      if (options.stop_on_failure) throw notLookedUp(cause);
      return withStatus(await next(call), "Bypass");
    }
    const fetch_latency = latencySince(startedAtMs);
    if (hit) {
      const { distance, kept } = hit;
      noted(call, "Hit", look, { fetch_latency, distance, cost_savings: kept.cost });
      return answered(hit, call);
    }
    if (control.onlyIfCached) throw notThere();
    const status = isRefresh ? "Refresh" : "Miss";
    const figures = noted(call, status, look, { fetch_latency });
    const reply = keeping(await next(call), call, look, figures);
    return withStatus(reply, status, { "x-cache-key": look.key });
  };
}

function answered({ key, kept, ageSeconds, leftSeconds }: Hit, { record }: Call): Reply {
  const { response } = kept;
  const { ai } = record;
  if (ai) {
    ai.usage = NOTHING_USED;
    ai.firstTokenAtMs = performance.now();
    ai.isFinished = true;
    if (response.model !== "") ai.responseModel = response.model;
  }
  return withStatus(replayed(response), "Hit", {
    "x-cache-key": key,
    "x-cache-ttl": String(leftSeconds),
    age: String(ageSeconds),
  });
}

function withStatus(reply: Reply, status: Status, more: Record<string, string> = {}): Reply {
  reply.headers.set("x-cache-status", status);
  for (const [name, value] of Object.entries(more)) reply.headers.set(name, value);
  return reply;
}

/** Undefined for what does not decode: its vendor is to say what is wrong with it. */
function chatOf(prompt: Prompt): ChatRequest | undefined {
  try {
    return prompt.chat();
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined;
    throw cause;
  }
}

/** What a vendor's own tools find (the web, a file) is true today. */
function isKept({ tools = [] }: ChatRequest): boolean {
  return tools.every(({ type }) => type === "function");
}

function isTrue(header: string | null): boolean {
  return header !== null && /^(?:true|1)$/i.test(header.trim());
}

function ttlOf(said: CacheControl, ownSeconds: number): number {
  if (said.noStore || said.noCache || said.isPrivate) return 0;
  return said.sharedMaxAge ?? said.maxAge ?? ownSeconds;
}

/** Tells an answer once it is all there, where it may be kept. */
function whenWhole(tell: (response: ChatResponse) => void) {
  const answer = collector();
  let length = 0;
  return {
    events(events: readonly ChatEvent[]) {
      if (length > MAX_KEPT_LENGTH) return;
      for (const event of events) {
        if ("text" in event) length += event.text?.length ?? 0;
        answer.push(event);
      }
    },
    end(isWhole: boolean) {
      if (!isWhole || length > MAX_KEPT_LENGTH) return;
      const response = answer.finish();
      if (isKeepable(response)) tell(response);
    },
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function notLookedUp(cause: unknown): GatewayError {
  return new GatewayError("internal", "failed to query semantic cache", { cause });
}

function notThere(): GatewayError {
  const message = "no answer is cached, and the request wants no other (only-if-cached)";
  return new GatewayError("upstream_timeout", message, { status: 504 });
}
