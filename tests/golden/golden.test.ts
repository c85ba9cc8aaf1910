import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { isJsonObject, type Json, type JsonObject } from "../../src/chat/json.ts";
import { FORMATS } from "../../src/formats/registry.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { joined } from "../../src/framing/stage.ts";
import { bytesOf, CONTEXT, decodeStream, textOf } from "../laws/format-laws.ts";

/**
 * One folder a case, `<case>.<from>-<to>`: `input.json` in the one format becomes `expected.json` in
 * the other. Either holds a `request`, a `response`, or a `stream` (its frames without blank lines);
 * an expected request may list its `notices` as `kind field`.
 */
for (const folder of readdirSync(import.meta.dirname, { withFileTypes: true })) {
  if (!folder.isDirectory()) continue;
  test(folder.name, () => {
    const [from, to] = formatsOf(folder.name);
    const input = read(folder.name, "input.json");
    expect(translate(input, from, to)).toEqual(read(folder.name, "expected.json"));
  });
}

function translate(input: JsonObject, from: WireFormat, to: WireFormat): unknown {
  if (isJsonObject(input.request)) {
    const { wire, notices } = to.encodeRequest(from.decodeRequest(input.request));
    const said = notices.map((notice) => `${notice.kind} ${notice.field}`);
    return said.length === 0 ? { request: wire } : { request: wire, notices: said };
  }
  if (isJsonObject(input.response)) {
    return { response: to.encodeResponse(from.decodeResponse(input.response), CONTEXT) };
  }
  const encoder = to.streamEncoder(CONTEXT);
  const events = decodeStream(from, bytesOf(framesOf(input.stream).join("\n\n").concat("\n\n")));
  const chunks = [...events.flatMap((event) => [...encoder.push(event)]), ...encoder.end()];
  return { stream: textOf(joined(chunks)).split("\n\n").slice(0, -1) };
}

function framesOf(stream: Json | undefined): readonly Json[] {
  if (Array.isArray(stream)) return stream;
  throw new Error("a golden input holds a request, a response or a stream");
}

function formatsOf(folder: string): readonly [WireFormat, WireFormat] {
  const pair = folder.slice(folder.indexOf(".") + 1);
  for (const from of FORMATS) {
    const to = FORMATS.find((format) => pair === `${from.name}-${format.name}`);
    if (to) return [from, to];
  }
  throw new Error(`${folder} names no two known formats`);
}

function read(folder: string, file: string): JsonObject {
  return JSON.parse(readFileSync(`${import.meta.dirname}/${folder}/${file}`, "utf8"));
}
