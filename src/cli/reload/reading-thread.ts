import type { LoadResult } from "../../config/config.ts";
import { loadOrigin, type Origin } from "../source.ts";
import { configPieces } from "./config-pieces.ts";
import type { FromReader, ToReader } from "./read-in-thread.ts";

// The thread that reads and validates a configuration, so that no call waits for it. It prints nothing.

declare const self: Worker;

let answer: Iterator<FromReader> | undefined;

self.onmessage = ({ data }: MessageEvent<ToReader>) => {
  if (data.type === "read") answer = answerTo(data.origin);
  const next = answer?.next();
  if (next && next.done !== true) self.postMessage(next.value);
};

function* answerTo(origin: Origin): Generator<FromReader, undefined> {
  let result: LoadResult;
  try {
    result = loadOrigin(origin);
  } catch (error) {
    yield { type: "failed", reason: error instanceof Error ? error.message : String(error) };
    return;
  }
  if ("problems" in result) {
    yield { type: "refused", problems: result.problems };
    return;
  }
  for (const piece of configPieces(result.config)) yield { type: "piece", piece };
  yield { type: "whole", problems: result.config.warnings };
}
