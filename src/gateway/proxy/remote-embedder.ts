import { GatewayError } from "../../chat/error.ts";
import { type JsonObject, parseJson } from "../../chat/json.ts";
import type { Embedded, Embedder } from "../../embeddings/embedder.ts";
import { decodeEmbeddings } from "../../formats/embeddings/client.ts";
import type { EmbeddingsResponse, Vector } from "../../formats/embeddings/format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import { dimensionsMember } from "../../providers/embedding-dimensions.ts";
import type { Target } from "../../providers/target.ts";
import { closeRecord, openRecord } from "../../telemetry/call-record.ts";
import { isAnswer } from "../answer/pass-through.ts";
import { openAiRecord } from "../call/ai-record.ts";
import type { Asking } from "../call/call.ts";
import type { Client } from "../call/client.ts";
import { bodyOf } from "../call/client-body.ts";
import { commonFormat } from "../call/client-format.ts";
import { type Plan, planOf, proxySettings } from "../call/plan.ts";
import type { ProcessState } from "../call/process-state.ts";
import { promptOf } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { DEFAULT_CLOCKS } from "../call/upstream.ts";
import { embed } from "./embed.ts";

/** A model of any provider that vectors are asked of. */
export interface RemoteModel {
  /** Its operation is `llm/v1/embeddings`, and it names its model. Nothing in it is a template. */
  readonly target: Target;
  /** A vector of another length is an error. */
  readonly dimensions: number;
  /** Of all that is asked for one list of texts. */
  readonly timeoutMs: number;
}

/** Statuses that are worth one more attempt: the vendor has too much to do, or a fault of its own. */
const isPassing = (status: number) => status === 429 || status >= 500;

/**
 * Asks as a client's call for vectors would be passed on: the same address, credential and dialect, the
 * same lists in parts. A 429 or a server error is answered with one more attempt within the same time.
 */
export function remoteEmbedder(remote: RemoteModel, processState: ProcessState): Embedder {
  const { target, dimensions, timeoutMs } = remote;
  const plan = planFor(target);
  const model = plan.model;
  const member = dimensionsMember(target.provider.name, model);
  return {
    provider: target.provider.name,
    model,
    dimensions,
    async embed(texts, signal): Promise<Embedded> {
      const startedAtMs = performance.now();
      const clock = AbortSignal.timeout(timeoutMs);
      const client = clientOf(signal ? AbortSignal.any([clock, signal]) : clock);
      const wire = {
        model,
        input: texts,
        encoding_format: "float",
        ...(member && { [member]: dimensions }),
      };
      const ask = () => answered(wire, plan, client, processState);
      try {
        const first = await ask();
        const { reply, record } = isPassing(first.reply.status) ? await ask() : first;
        const { vectors } = answerIn(reply);
        if (vectors.length !== texts.length) {
          throw unusable(`it gave ${vectors.length} vectors for ${texts.length} texts`);
        }
        return {
          vectors: vectors.map((vector) => numbersOf(vector, dimensions)),
          promptTokens: record.ai?.usage?.promptTokens ?? record.ai?.estimatedPromptTokens ?? 0,
          latencyMs: performance.now() - startedAtMs,
          asked: texts.length,
        };
      } catch (cause) {
        if (clock.aborted && !signal?.aborted)
          throw unusable(`no answer in ${timeoutMs} ms`, cause);
        throw told(cause);
      }
    },
  };
}

function planFor(target: Target): Plan {
  const { config } = target;
  const settings = proxySettings({
    pluginId: "",
    routeType: "llm/v1/embeddings",
    responseStreaming: "deny",
    targets: [config],
  });
  const nothing = { headers: HeaderMap.of(), search: "", captures: {} };
  return planOf(target.resolve(nothing), settings, config.model.name ?? "", false);
}

async function answered(wire: JsonObject, plan: Plan, client: Client, processState: ProcessState) {
  const asking = askingOf(wire, plan, client, processState);
  const { record } = asking;
  try {
    return { reply: await embed(asking, promptOf(commonFormat, wire), plan), record };
  } finally {
    closeRecord(record, { endedAtMs: performance.now() });
  }
}

/** A question that nobody sent: there is no client's header, path or parameter to pass on. */
function askingOf(
  wire: JsonObject,
  plan: Plan,
  client: Client,
  processState: ProcessState,
): Asking {
  const headers = HeaderMap.of([["content-type", "application/json"]]);
  const startedAtMs = performance.now();
  const record = openRecord({
    requestId: "",
    clientIp: "",
    request: { method: "POST", uri: "/", url: "", headers, tls: false, size: 0 },
    startedAtMs,
    startedAtEpochMs: Date.now(),
  });
  record.ai = openAiRecord(plan, startedAtMs);
  return {
    id: "",
    upstreamPath: "/",
    request: {
      method: "POST",
      scheme: "http",
      host: "",
      path: "/",
      search: "",
      headers,
      debug: false,
      body: bodyOf(new Uint8Array(0)),
    },
    prompt: promptOf(commonFormat, wire),
    client,
    record,
    processState,
    send: processState.send,
    clocks: DEFAULT_CLOCKS,
  };
}

/** Whoever gives the signal is the one that waits. */
function clientOf(signal: AbortSignal): Client {
  return {
    hasLeft: () => signal.aborted,
    whenLeft(tell) {
      if (signal.aborted) tell();
      else signal.addEventListener("abort", () => tell(), { once: true });
    },
    signal: () => signal,
  };
}

function answerIn({ status, body }: Reply): EmbeddingsResponse {
  const bytes = body.type === "whole" ? body.bytes : new Uint8Array(0);
  const text = new TextDecoder().decode(bytes);
  if (!isAnswer(status)) throw unusable(`it answered with status ${status}`, messageIn(text));
  return decodeEmbeddings(parseJson(text));
}

/** The vendor's own words, for the log. */
function messageIn(text: string): Error | undefined {
  return text === "" ? undefined : new Error(text.slice(0, 500));
}

function numbersOf(vector: Vector, dimensions: number): Float32Array {
  const numbers = typeof vector === "string" ? floatsIn(vector) : Float32Array.from(vector);
  if (numbers.length !== dimensions) {
    throw unusable(`it gave a vector of ${numbers.length} numbers in place of ${dimensions}`);
  }
  if (!numbers.every(Number.isFinite)) throw unusable("a vector holds what is no number");
  return numbers;
}

/** Little-endian float32, as every machine has them that the gateway runs on. */
function floatsIn(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
}

/** What a plugin is told: that the model cannot be had, and why. */
function told(cause: unknown): unknown {
  if (!(cause instanceof GatewayError)) return cause;
  if (cause.code === "unavailable" || cause.code === "client_aborted") return cause;
  return unusable(cause.message, cause);
}

function unusable(detail: string, cause?: unknown): GatewayError {
  return new GatewayError("unavailable", `the embedding model gave no vectors: ${detail}`, {
    cause,
  });
}
