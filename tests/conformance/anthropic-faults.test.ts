import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ChatEvent } from "../../src/chat/event.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import { anthropicMessages } from "../../src/formats/anthropic/messages/format.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** The events of a stream that goes wrong as the model's name says. */
async function stream(model: string): Promise<readonly ChatEvent[]> {
  const response = await fetch(`${lab.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({
      model,
      max_tokens: 99,
      stream: true,
      messages: [{ role: "user", content: "Größe 東京" }],
    }),
  });
  const [contentType = ""] = (response.headers.get("content-type") ?? "").split(";");
  const decoder = anthropicMessages.streamDecoder({ contentType });
  const events: ChatEvent[] = [];
  try {
    for await (const chunk of response.body ?? []) events.push(...decoder.push(chunk));
  } catch {
    // The lab broke the connection.
  }
  events.push(...decoder.end());
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

const textOf = (events: readonly ChatEvent[]) =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

for (const fault of [
  "no-done",
  "finish-twice",
  "comments",
  "crlf",
  "cr",
  "no-space",
  "multiline-data",
  "bom",
  "unterminated-event",
  "one-write",
  "split-utf8",
  "split-every-byte",
  "json-for-stream",
]) {
  test(`${fault} loses nothing`, async () => {
    const events = await stream(`lab/${fault}`);
    expect(textOf(events)).toBe(textOf(await stream("lab/plain")));
    expect(events.find(({ type }) => type === "finish")).toMatchObject({ raw: "end_turn" });
    expect(events.some(({ type }) => type === "error")).toBe(false);
  });
}

test("a stream without a stop reason has none", async () => {
  const events = await stream("lab/done-without-finish");
  expect(events.some(({ type }) => type === "finish" || type === "error")).toBe(false);
});

for (const [fault, code] of [
  ["bad-json", "upstream_bad_response"],
  ["error-first", "upstream_error"],
  ["error-in-stream", "upstream_error"],
  ["empty-200", "upstream_truncated"],
  ["truncated-json", "upstream_truncated"],
  ["eof-mid-stream", "upstream_truncated"],
  ["reset-mid-stream", "upstream_truncated"],
  ["reset-before-first-event", "upstream_truncated"],
  ["error-in-200", "upstream_error"],
] as const) {
  test(`${fault} ends as ${code}`, async () => {
    const events = await stream(`lab/${fault}`);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code } });
  });
}

test("many events and huge events", async () => {
  expect(textOf(await stream("lab/many-events-2000")).length).toBeGreaterThan(2000);
  expect(textOf(await stream("lab/huge-event-1")).length).toBeGreaterThan(1_048_576);
});
