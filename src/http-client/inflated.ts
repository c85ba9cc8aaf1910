import { type AnswerBody, type HttpAnswer, pumpReads } from "./exchange.ts";

/** What a coding is called in a header (RFC 9110 §8.4.1) and in `DecompressionStream`. */
const CODINGS: Readonly<Record<string, Bun.CompressionFormat>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
};

/** The format that a coding's name means; undefined for one that is not known. Names have no case. */
export function compressionFormat(coding: string): Bun.CompressionFormat | undefined {
  const name = coding.trim().toLowerCase();
  return Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
}

/** The answer with its body inflated, where it is compressed once and in a way that is known. */
export function inflated(answer: HttpAnswer): HttpAnswer {
  const coding = answer.headers.get("content-encoding");
  const format = coding === null ? undefined : compressionFormat(coding);
  return format === undefined ? answer : { ...answer, body: inflatedBody(answer.body, format) };
}

function inflatedBody(body: AnswerBody, format: Bun.CompressionFormat): AnswerBody {
  let readPlain: AnswerBody["read"] | undefined;
  const read = async () => {
    if (!readPlain) {
      const first = await body.read();
      // An answer without a body (to HEAD, say) may tell of a coding all the same.
      if (first === undefined) return undefined;
      readPlain = inflating(first, body, format);
    }
    return readPlain();
  };
  return { read, pump: (write) => pumpReads(read, write) };
}

/** Each piece is inflated only when somebody wants it: what a few bytes grow into is not held here. */
function inflating(
  first: Uint8Array,
  body: AnswerBody,
  format: Bun.CompressionFormat,
): AnswerBody["read"] {
  let next: Uint8Array | undefined = first;
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const piece = next ?? (await body.read());
        next = undefined;
        if (piece === undefined) controller.close();
        else controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      },
    },
    { highWaterMark: 0 },
  );
  const reader = pieces.pipeThrough(new DecompressionStream(format)).getReader();
  return async () => (await reader.read()).value;
}
