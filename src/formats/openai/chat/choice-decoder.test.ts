import { expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { grammarViolation } from "../../../chat/grammar.ts";
import { streamDecoder } from "./choice-decoder.ts";

function decode(text: string, contentType = "text/event-stream"): ChatEvent[] {
  const decoder = streamDecoder({ contentType });
  const events = [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

const data = (...chunks: unknown[]) =>
  chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
const delta = (members: object, finish: string | null = null) => ({
  id: "chatcmpl-1",
  created: 5,
  model: "m",
  choices: [{ index: 0, delta: members, finish_reason: finish }],
});
const DONE = "data: [DONE]\n\n";

const contentOf = (text: string) => collect(decode(text)).choices[0]?.content;
const errorOf = (text: string, contentType?: string) => {
  const last = decode(text, contentType).at(-1);
  return last?.type === "error" ? last.error : undefined;
};

test("an end without finish and without [DONE] is upstream_truncated", () => {
  const error = errorOf(data(delta({ content: "a" })));
  expect(error).toMatchObject({
    code: "upstream_truncated",
    message: "upstream closed the stream early",
  });
});

test("a finish without [DONE] is a whole answer", () => {
  const answer = collect(decode(data(delta({ content: "a" }), delta({}, "stop"))));
  expect(answer).toEqual({
    id: "chatcmpl-1",
    model: "m",
    created: 5,
    choices: [{ content: [{ type: "text", text: "a" }], finishReason: "stop" }],
  });
});

test("27 [DONE] without a finish reason is a whole answer without one", () => {
  const answer = collect(decode(data(delta({ content: "a" })) + DONE));
  expect(answer.choices).toEqual([{ content: [{ type: "text", text: "a" }] }]);
});

test("27 [DONE] after nothing is upstream_truncated", () => {
  expect(errorOf(data(delta({ role: "assistant", content: "" })) + DONE)?.code).toBe(
    "upstream_truncated",
  );
});

test("no bytes at all are upstream_truncated", () => {
  expect(errorOf("")?.code).toBe("upstream_truncated");
});

test("content after a finish counts, and a mere stop takes no other word back", () => {
  const stream = data(
    delta({ content: "a" }, "length"),
    delta({ content: "b" }),
    delta({}, "stop"),
  );
  expect(collect(decode(stream + DONE)).choices).toEqual([
    { content: [{ type: "text", text: "ab" }], finishReason: "length" },
  ]);
});

test("a last event without a blank line counts when it is whole", () => {
  const stream = data(delta({ content: "a" })) + data(delta({}, "stop")).trimEnd();
  expect(collect(decode(stream)).choices[0]?.finishReason).toBe("stop");
  const cut = data(delta({ content: "a" })) + data(delta({}, "stop")).slice(0, 40);
  expect(errorOf(cut)?.code).toBe("upstream_truncated");
});

test("an event that is not JSON is upstream_bad_response", () => {
  expect(errorOf(`${data(delta({ content: "a" }))}data: {oops\n\n`)?.code).toBe(
    "upstream_bad_response",
  );
});

const VENDOR_ERRORS = [
  [
    { error: { message: "slow down", type: "requests", code: "rate_limit_exceeded" } },
    "rate_limited",
  ],
  [{ error: { message: "slow down", code: 429 } }, "rate_limited"],
  [{ error: { message: "busy", type: "overloaded_error" } }, "upstream_overloaded"],
  [{ error: { message: "boom", type: "server_error" } }, "upstream_error"],
  [{ error: "boom" }, "upstream_error"],
  [{ error: { message: "gone", code: "404" } }, "not_found"],
] as const;

for (const [body, code] of VENDOR_ERRORS) {
  test(`an error inside a 200 stream: ${JSON.stringify(body)} is ${code}`, () => {
    expect(errorOf(data(delta({ content: "a" }), body) + DONE)?.code).toBe(code);
  });
}

test("a bare object in an event named error is an error", () => {
  const stream = `event: error\ndata: {"message":"busy","code":503}\n\n`;
  expect(errorOf(stream)).toMatchObject({ code: "upstream_overloaded", message: "busy" });
});

test("an error in a 200 JSON body is that error", () => {
  const body = JSON.stringify({ error: { message: "slow down", code: 429 } });
  expect(errorOf(body, "application/json")?.code).toBe("rate_limited");
});

test("a JSON body that is cut is upstream_bad_response", () => {
  expect(errorOf(`{"choices":[`, "application/json")?.code).toBe("upstream_bad_response");
});

test("NDJSON chunks are read by their content type", () => {
  const lines = [delta({ content: "a" }), delta({}, "stop")].map((line) => JSON.stringify(line));
  expect(collect(decode(lines.join("\n"), "application/x-ndjson")).choices[0]?.content).toEqual([
    { type: "text", text: "a" },
  ]);
});

test("a first chunk without choices lends its members to the start", () => {
  const filters = { choices: [], id: "", model: "", created: 0, prompt_filter_results: [{ a: 1 }] };
  const [start] = decode(data(filters, delta({ content: "a" }, "stop")) + DONE);
  expect(start).toEqual({
    type: "message-start",
    id: "chatcmpl-1",
    model: "m",
    created: 5,
    extra: { prompt_filter_results: [{ a: 1 }] },
    extraFormat: "openai-chat",
  });
});

test("the usage chunk after the finish is told with the tier", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
  const chunk = { id: "chatcmpl-1", choices: [], usage, service_tier: "flex" };
  expect(collect(decode(data(delta({}, "stop"), chunk) + DONE)).usage).toEqual({
    promptTokens: 3,
    completionTokens: 4,
    totalTokens: 7,
    serviceTier: "flex",
  });
});

const call = (members: object) => delta({ tool_calls: [members] });
const named = (name: string, text = "") => ({ function: { name, arguments: text } });
const rest = (text: string) => ({ function: { arguments: text } });
const calls = (...texts: [id: string, name: string, args: string][]) =>
  texts.map(([id, name, args]) => ({ type: "tool-call", id, name, arguments: args }));

const finish = (...chunks: object[]) => data(...chunks, delta({}, "tool_calls")) + DONE;

test("interleaved deltas of parallel calls go to their own calls", () => {
  const stream = finish(
    call({ index: 0, id: "a", ...named("f") }),
    call({ index: 0, ...rest('{"x"') }),
    call({ index: 1, id: "b", ...named("g") }),
    call({ index: 1, ...rest("{}") }),
    call({ index: 0, ...rest(":1}") }),
  );
  expect(contentOf(stream)).toMatchObject(calls(["a", "f", '{"x":1}'], ["b", "g", "{}"]));
});

test("calls with missing ids get one that tells them apart", () => {
  const stream = finish(
    call({ index: 0, ...named("f", "{}") }),
    call({ index: 1, ...named("g", "{}") }),
  );
  expect(contentOf(stream)).toMatchObject(
    calls(["call_0_chatcmpl-1", "f", "{}"], ["call_1_chatcmpl-1", "g", "{}"]),
  );
});

test("whole calls that all have index 0 are told apart by id", () => {
  const stream = finish(
    call({ index: 0, id: "a", ...named("f", "{}") }),
    call({ index: 0, id: "b", ...named("f", '{"y":2}') }),
  );
  expect(contentOf(stream)).toMatchObject(calls(["a", "f", "{}"], ["b", "f", '{"y":2}']));
});

test("one id for two indices is replaced in the second", () => {
  const stream = finish(
    call({ index: 0, id: "a", ...named("f", "{}") }),
    call({ index: 1, id: "a", ...named("g", "{}") }),
  );
  expect(contentOf(stream)).toMatchObject(
    calls(["a", "f", "{}"], ["call_1_chatcmpl-1", "g", "{}"]),
  );
});

test("an id repeated in every delta is one call", () => {
  const stream = finish(
    call({ id: "a", ...named("f", '{"x"') }),
    call({ id: "a", ...rest(":1}") }),
  );
  expect(contentOf(stream)).toMatchObject(calls(["a", "f", '{"x":1}']));
});

test("a call whose arguments are whole ends when the next begins", () => {
  const events = decode(
    data(
      call({ index: 0, id: "a", ...named("f", "{}") }),
      call({ index: 1, id: "b", ...named("g", "{}") }),
    ),
  );
  expect(events.map((event) => event.type)).toEqual([
    "message-start",
    "block-start",
    "tool-call-delta",
    "block-end",
    "block-start",
    "tool-call-delta",
    "error",
  ]);
});

test("reasoning that is told plain and in details counts once", () => {
  const detail = (members: object) => ({
    reasoning_details: [{ type: "reasoning.text", ...members }],
  });
  const stream = data(
    delta({ reasoning: "I ", ...detail({ text: "I " }) }),
    delta({ reasoning: "think", ...detail({ text: "think" }) }),
    delta({ ...detail({ signature: "sig" }) }),
    delta({ content: "ok" }, "stop"),
  );
  expect(contentOf(stream)).toEqual([
    { type: "reasoning", text: "I think", signature: "sig" },
    { type: "text", text: "ok" },
  ]);
});

test("Mistral's thinking parts are reasoning", () => {
  const thinking = [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }];
  const stream = data(
    delta({ content: thinking }),
    delta({ content: [{ type: "text", text: "ok" }] }, "stop"),
  );
  expect(contentOf(stream)).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "ok" },
  ]);
});

test("a finish word that every object has is still an unknown word", () => {
  const answer = collect(decode(data(delta({ content: "a" }, "constructor"))));
  expect(answer.choices[0]).toMatchObject({ finishReason: "stop", rawFinishReason: "constructor" });
});

test("a stop after tool calls means that they are to be run", () => {
  const stream = data(call({ index: 0, id: "a", ...named("f", "{}") }), delta({}, "stop")) + DONE;
  expect(collect(decode(stream)).choices[0]).toMatchObject({
    finishReason: "tool_calls",
    rawFinishReason: "stop",
  });
});
