import {
  checkFrameSize,
  type FrameDecoder,
  type FrameSink,
  frameStage,
  MAX_FRAME_BYTES,
} from "./stage.ts";

export interface NdjsonLimits {
  /** One line, in bytes; `upstream_bad_response` beyond. */
  readonly maxLineBytes?: number;
}

/**
 * One JSON text per line (https://github.com/ndjson/ndjson-spec). Blank lines are skipped, the last
 * line needs no line feed, and whether a line is JSON is for its reader to find.
 */
export function ndjsonDecoder(limits: NdjsonLimits = {}): FrameDecoder<string> {
  const maxLineBytes = limits.maxLineBytes ?? MAX_FRAME_BYTES;
  const decoder = new TextDecoder();
  let held = "";

  function readLine(line: string, lines: FrameSink<string>) {
    checkFrameSize(line.length, maxLineBytes, "a line");
    const json = line.trim();
    if (json !== "") lines.push(json);
  }

  function readText(text: string, lines: FrameSink<string>) {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = text.slice(start, end);
      start = end + 1;
      readLine(held + line, lines);
      held = "";
    }
    held += text.slice(start);
    checkFrameSize(held.length, maxLineBytes, "a line");
  }

  return frameStage({
    read(bytes, lines) {
      readText(decoder.decode(bytes, { stream: true }), lines);
    },
    finish(lines) {
      readText(decoder.decode(), lines);
      readLine(held, lines);
      held = "";
    },
  });
}
