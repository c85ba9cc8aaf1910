import { GatewayError } from "../chat/error.ts";
import { isJsonObject, parseJson } from "../chat/json.ts";
import type { Embedder } from "./embedder.ts";

export interface RemoteEmbedderOptions {
  /** The whole URL of the operation. */
  readonly url: string;
  /** With the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  /** Length that is asked for; a vector of another length is an error. */
  readonly dimensions: number;
  /** Older models take no `dimensions`. */
  readonly sendsDimensions: boolean;
  readonly timeoutMs: number;
}

/** Texts whose vectors are kept. */
const REMEMBERED = 1_000;

/**
 * Asks a server that speaks OpenAI's embeddings operation
 * (https://platform.openai.com/docs/api-reference/embeddings/create). Vectors of texts that were
 * asked for lately are kept; a 429 or a server error is answered with one more try.
 */
export function remoteEmbedder(options: RemoteEmbedderOptions): Embedder {
  const known = new Map<string, Float32Array>();

  function remember(text: string, vector: Float32Array): void {
    known.delete(text);
    known.set(text, vector);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) return;
      known.delete(oldest);
    }
  }

  return {
    async embed(texts, signal) {
      const missing = [...new Set(texts)].filter((text) => !known.has(text));
      const fetched = missing.length > 0 ? await request(missing, options, signal) : [];
      const fresh = new Map(missing.map((text, at) => [text, fetched[at]]));
      return texts.map((text) => {
        const vector = fresh.get(text) ?? known.get(text);
        if (!vector) throw unusable(`no vector for one of ${texts.length} texts`);
        remember(text, vector);
        return vector;
      });
    },
  };
}

async function request(
  texts: readonly string[],
  options: RemoteEmbedderOptions,
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> {
  const first = await ask(texts, options, signal);
  const isWorthAnother = first.status === 429 || first.status >= 500;
  const response = isWorthAnother ? await ask(texts, options, signal) : first;
  if (response.status !== 200) throw unusable(`it answered with status ${response.status}`);
  return vectorsOf(await response.text(), texts.length, options.dimensions);
}

async function ask(
  input: readonly string[],
  { url, headers, model, dimensions, sendsDimensions, timeoutMs }: RemoteEmbedderOptions,
  signal?: AbortSignal,
): Promise<Response> {
  const clock = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        input,
        model,
        encoding_format: "float",
        ...(sendsDimensions && { dimensions }),
      }),
      redirect: "manual",
      signal: signal ? AbortSignal.any([clock, signal]) : clock,
    });
  } catch (cause) {
    throw unusable(clock.aborted ? `no answer in ${timeoutMs} ms` : "it cannot be reached", cause);
  }
}

function vectorsOf(text: string, count: number, dimensions: number): readonly Float32Array[] {
  const answer = read(text);
  const data = isJsonObject(answer) && Array.isArray(answer["data"]) ? answer["data"] : [];
  const vectors: Float32Array[] = [];
  for (const [at, item] of data.entries()) {
    const { index = at, embedding } = isJsonObject(item) ? item : {};
    const vector = vectorOf(embedding);
    if (vector.length !== dimensions) {
      throw unusable(`it gave a vector of ${vector.length} numbers in place of ${dimensions}`);
    }
    if (typeof index === "number") vectors[index] = vector;
  }
  if (vectors.filter(Boolean).length !== count) {
    throw unusable(`it gave ${vectors.length} vectors for ${count} texts`);
  }
  return vectors;
}

function read(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw unusable("its answer is not JSON", cause);
  }
}

function vectorOf(embedding: unknown): Float32Array {
  if (!Array.isArray(embedding)) return new Float32Array(0);
  return Float32Array.from(embedding, (value) => (typeof value === "number" ? value : Number.NaN));
}

function unusable(detail: string, cause?: unknown): GatewayError {
  return new GatewayError("unavailable", `the embedding model gave no vectors: ${detail}`, {
    cause,
  });
}
