import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { startGateway, type TestGateway } from "../../gateway.ts";

interface Seen {
  readonly body: string;
  readonly headers: Headers;
}

const event = (wire: { readonly type: string }) =>
  `event: ${wire.type}\ndata: ${JSON.stringify(wire)}\n\n`;

const RESPONSE = {
  id: "resp_vendor",
  object: "response",
  created_at: 1_800_000_000,
  status: "completed",
  model: "gpt-5.5-2026-04-01",
  output: [
    { id: "ws_1", type: "web_search_call", status: "completed", novelty: 1 },
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hi.", annotations: [], logprobs: [] }],
    },
  ],
  usage: {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 8 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 4 },
    total_tokens: 27,
  },
  never_heard_of: { a: [1] },
};

const STREAM = [
  { type: "response.created", sequence_number: 0, response: { ...RESPONSE, output: [] } },
  { type: "response.of_next_year", sequence_number: 1, news: true },
  {
    type: "response.output_text.delta",
    sequence_number: 2,
    item_id: "msg_1",
    output_index: 1,
    content_index: 0,
    delta: "Hi.",
    logprobs: [],
    obfuscation: "xyz",
  },
  { type: "response.completed", sequence_number: 3, response: RESPONSE },
]
  .map(event)
  .join("");

const seen: Seen[] = [];
let vendor: ReturnType<typeof Bun.serve>;
let gateway: TestGateway;

beforeAll(async () => {
  vendor = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text();
      seen.push({ body, headers: request.headers });
      const headers = { "x-codex-turn-state": "turn-2" };
      if (!JSON.parse(body).stream) return Response.json(RESPONSE, { headers });
      return new Response(STREAM, { headers: { ...headers, "content-type": "text/event-stream" } });
    },
  });
  gateway = await startGateway({
    _format_version: "3.0",
    routes: [{ name: "codex", paths: ["/codex"] }],
    plugins: [
      {
        name: "ai-proxy",
        route: "codex",
        config: {
          route_type: "llm/v1/responses",
          logging: { log_statistics: true },
          model: {
            provider: "openai",
            options: { upstream_url: `http://127.0.0.1:${vendor.port}/v1/responses` },
          },
        },
      },
    ],
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await vendor.stop(true);
});
beforeEach(() => {
  seen.length = 0;
});

/** With members, items and tools that are OpenAI's alone, or nobody's yet. */
const BODY = {
  model: "gpt-5.5",
  input: [
    { type: "item_reference", id: "msg_0" },
    { type: "compaction", encrypted_content: "c2VjcmV0" },
    { role: "user", content: "Hi" },
  ],
  tools: [{ type: "web_search" }, { type: "of_next_year", depth: { a: 1 } }],
  tool_choice: { type: "web_search" },
  previous_response_id: "resp_0",
  store: true,
  of_next_year: { a: [null] },
};

const post = (body: object) =>
  gateway.post("/codex/responses", body, { headers: { "x-codex-turn-state": "turn-1" } });

test("a whole answer: the request and the answer go as they came, and usage is counted", async () => {
  const response = await post(BODY);
  expect(await response.json()).toEqual(RESPONSE);
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual(BODY);
  const record = await gateway.record(1);
  expect(JSON.stringify(record)).toContain('"prompt_tokens":20');
  expect(JSON.stringify(record)).toContain('"completion_tokens":7');
});

test("a stream: every event goes as it came, unknown ones too", async () => {
  const response = await post({ ...BODY, stream: true });
  expect(response.headers.get("content-type")).toStartWith("text/event-stream");
  expect(await response.text()).toBe(STREAM);
  expect(JSON.stringify(await gateway.record(2))).toContain('"completion_tokens":7');
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ ...BODY, stream: true });
});

test("Codex's turn state goes both ways", async () => {
  const response = await post(BODY);
  expect(seen[0]?.headers.get("x-codex-turn-state")).toBe("turn-1");
  expect(response.headers.get("x-codex-turn-state")).toBe("turn-2");
});
