import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Frame } from "../dialect.ts";
import type { HeaderLine } from "../http/message.ts";
import type { Plan } from "../plan.ts";
import type { Fault } from "./fault.ts";

const PIECE_BYTES = 64;
const BOMB_BYTES = 64 * 1_048_576;

/** The answer is compressed, though nobody asked. */
export const encodingFaults = {
  gzip: (plan) => encoded(plan, gzipSync, ["content-encoding", "gzip"]),
  br: (plan) => encoded(plan, brotliCompressSync, ["content-encoding", "br"]),
  zstd: (plan) => encoded(plan, zstdCompressSync, ["content-encoding", "zstd"]),
  "gzip-unlabelled": (plan) => encoded(plan, gzipSync),
  "gzip-twice": (plan) =>
    encoded(plan, (bytes) => gzipSync(gzipSync(bytes)), ["content-encoding", "gzip, gzip"]),
  "gzip-bomb": (plan) =>
    encoded(plan, (bytes) => gzipSync(Buffer.concat([Buffer.alloc(BOMB_BYTES, " "), bytes])), [
      "content-encoding",
      "gzip",
    ]),
} satisfies Record<string, Fault>;

function encoded(plan: Plan, encode: (bytes: Uint8Array) => Uint8Array, label?: HeaderLine): Plan {
  const whole = Buffer.concat([...plan.frames].map((frame) => frame.bytes));
  const bytes = encode(whole);
  const frames = plan.length === "chunked" ? inPieces(bytes) : [frameOf(bytes)];
  return {
    ...plan,
    headers: label ? [...plan.headers, label] : plan.headers,
    frames,
    length: plan.length === "chunked" ? "chunked" : bytes.length,
  };
}

function frameOf(bytes: Uint8Array): Frame {
  return { part: "other", bytes };
}

function inPieces(bytes: Uint8Array): readonly Frame[] {
  const pieces: Frame[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(frameOf(bytes.subarray(at, at + PIECE_BYTES)));
  }
  return pieces;
}
