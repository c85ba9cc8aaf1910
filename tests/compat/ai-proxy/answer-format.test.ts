import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { eventsOf, proxies, startGateway, type TestGateway } from "../../gateway.ts";

/** Answers of a vendor whose dialect is nearly OpenAI's, under `answer_format`. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A route to Mistral's platform. */
const config = (traits: string, more: object = {}) =>
  proxies({
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer lab" },
    model: {
      provider: "mistral",
      name: "mistral-small-latest",
      options: {
        mistral_format: "openai",
        upstream_url: `${lab.url}/lab/${traits}/mistral/v1/chat/completions`,
      },
    },
    ...more,
  });

const OPENAI = { answer_format: "openai" };
const TOOLS = {
  messages: [{ role: "user", content: "Weather?" }],
  tools: [
    {
      type: "function",
      function: {
        name: "get_weather",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    },
  ],
};
const THINK = { messages: [{ role: "user", content: "Think." }] };

async function message(gateway: TestGateway, body: object) {
  return JSON.parse(await (await gateway.post("/ai", body)).text()).choices[0].message;
}

async function deltas(gateway: TestGateway, body: object) {
  const events = eventsOf(await (await gateway.post("/ai", { ...body, stream: true })).text());
  expect(events.at(-1)).toBe("[DONE]");
  return events.slice(0, -1).flatMap((data) => JSON.parse(data).choices[0]?.delta ?? []);
}

describe("answer_format", () => {
  test("`vendor`, the default: the vendor's bytes, with what OpenAI would say otherwise", async () => {
    await using tools = await startGateway(config("plain"));
    expect((await message(tools, TOOLS)).tool_calls[0]).not.toHaveProperty("type");
    await using reasoning = await startGateway(config("reasoning"));
    expect((await message(reasoning, THINK)).content).toBeArray();
  });

  test("`openai`: a tool call says that it is a function's", async () => {
    await using gateway = await startGateway(config("plain", OPENAI));
    const call = {
      id: expect.stringMatching(/^\w{9}$/),
      type: "function",
      function: { name: "get_weather", arguments: expect.any(String) },
    };
    expect((await message(gateway, TOOLS)).tool_calls).toEqual([call]);
    const [first] = (await deltas(gateway, TOOLS)).flatMap(({ tool_calls: calls }) => calls ?? []);
    expect(first).toMatchObject({ ...call, index: 0 });
  });

  test("`openai`: content is a text, and thinking stands beside it", async () => {
    await using gateway = await startGateway(config("reasoning", OPENAI));
    const { content, reasoning_content: reasoning } = await message(gateway, THINK);
    expect([content, reasoning]).toEqual([expect.any(String), expect.any(String)]);
    const parts = await deltas(gateway, THINK);
    expect(parts.map((part) => part.content ?? "").join("")).toBe(content);
    expect(parts.map((part) => part.reasoning_content ?? "").join("")).toBe(reasoning);
  });

  test("`openai`: nobody else's bytes are touched", async () => {
    await using gateway = await startGateway(
      proxies({
        ...OPENAI,
        route_type: "llm/v1/chat",
        model: {
          provider: "openai",
          name: "gpt-4o-mini",
          options: { upstream_url: `${lab.url}/v1/chat/completions` },
        },
      }),
    );
    const through = await (await gateway.post("/ai", THINK)).text();
    const direct = await fetch(`${lab.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...THINK, model: "gpt-4o-mini" }),
    });
    expect(through).toBe(await direct.text());
  });

  test("the short form has it: OpenAI's SDK runs tools at Mistral", async () => {
    const url = `${lab.url}/lab/plain/mistral/v1`;
    await using gateway = await startGateway({
      providers: { mistral: { key: "lab", url } },
    });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "x", maxRetries: 0 });
    const asked: string[] = [];
    const runner = client.chat.completions.runTools({
      model: "mistral/mistral-small-latest",
      messages: [{ role: "user", content: "Weather?" }],
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "Weather",
            parameters: { type: "object", properties: { city: { type: "string" } } },
            parse: JSON.parse,
            function: (argument: object) => {
              asked.push(JSON.stringify(argument));
              return "clear";
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBeString();
    expect(asked).toHaveLength(1);
  });
});
