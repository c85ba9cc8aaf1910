import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventsOf, proxies, startGateway, type TestGateway } from "../../gateway.ts";

/** https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models */

const reasoning = (...summary: object[]) => ({ type: "reasoning", summary });
const thought = (text: string, more: object = {}) => ({ type: "summary_text", text, ...more });
const CONTENT = [
  reasoning(thought("Let me think.", { signature: "sig" })),
  { type: "text", text: "4" },
];
const head = { id: "x", created: 1, model: "databricks-claude-sonnet-4-5" };
const delta = (inside: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta: inside, finish_reason }] })}\n\n`;
const STREAM = [
  delta({ role: "assistant", content: [reasoning(thought("Let me "))] }),
  delta({ content: [reasoning(thought("think."))] }),
  delta({ content: [reasoning(thought("", { signature: "sig" }))] }),
  delta({ content: [{ type: "text", text: "4" }] }),
  delta({ content: "" }, "stop"),
  "data: [DONE]\n\n",
].join("");

let vendor: ReturnType<typeof Bun.serve>;
let gateway: TestGateway;
beforeAll(async () => {
  vendor = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { stream } = (await request.json()) as { stream?: boolean };
      if (stream) {
        return new Response(STREAM, { headers: { "content-type": "text/event-stream" } });
      }
      const message = { role: "assistant", content: CONTENT };
      const choices = [{ index: 0, message, finish_reason: "stop" }];
      return Response.json({ ...head, object: "chat.completion", choices });
    },
  });
  const upstream_url = `http://127.0.0.1:${vendor.port}/serving-endpoints/v1/chat/completions`;
  const model = {
    provider: "databricks",
    name: "databricks-claude-sonnet-4-5",
    options: { upstream_url },
  };
  const auth = { header_name: "Authorization", header_value: "Bearer k" };
  const base = { route_type: "llm/v1/chat", auth, model };
  gateway = await startGateway(
    proxies({ ...base, path: "/openai", answer_format: "openai" }, { ...base, path: "/vendor" }),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await vendor.stop(true);
});

const QUESTION = { messages: [{ role: "user", content: "2+2?" }] };

test("a list of reasoning and text is OpenAI's content and reasoning", async () => {
  const answer = (await (await gateway.post("/openai", QUESTION)).json()) as {
    choices: { message: object }[];
  };
  expect(answer.choices[0]?.message).toMatchObject({
    role: "assistant",
    content: "4",
    reasoning_content: "Let me think.",
    reasoning_details: [{ type: "reasoning.text", text: "Let me think.", signature: "sig" }],
  });
});

test("so it is in a stream", async () => {
  const response = await gateway.post("/openai", { ...QUESTION, stream: true });
  const events = eventsOf(await response.text());
  expect(events.at(-1)).toBe("[DONE]");
  const deltas = events.slice(0, -1).flatMap((data) => JSON.parse(data).choices[0]?.delta ?? []);
  const joined = (name: string) => deltas.map((one) => one[name] ?? "").join("");
  expect(joined("content")).toBe("4");
  expect(joined("reasoning_content")).toBe("Let me think.");
  expect(deltas.flatMap((one) => one.reasoning_details ?? [])).toMatchObject([
    { text: "Let me think.", signature: "sig" },
  ]);
});

test("the vendor's bytes where the configuration is Kong's and does not ask for more", async () => {
  const answer = await (await gateway.post("/vendor", QUESTION)).json();
  expect(answer).toMatchObject({ choices: [{ message: { content: CONTENT } }] });
});
