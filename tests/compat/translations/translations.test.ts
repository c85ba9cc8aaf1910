import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { TABLE_PROVIDERS, type TableProvider } from "../../conformance/table/providers.ts";
import { eventsOf, proxies, startGateway, textOf } from "../../gateway.ts";
import { ASKED, PNG, SENT } from "./translated-requests.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** Label of a provider in the conformance table → the line of the checklist, and its dialect. */
const LINES: Readonly<Record<string, readonly [line: string, dialect: keyof typeof SENT]>> = {
  openai: ["35", "openai"],
  azure: ["35", "openai"],
  anthropic: ["36", "anthropic"],
  bedrock: ["37", "bedrock"],
  gemini: ["38", "gemini"],
  "gemini (Vertex)": ["39", "gemini"],
  "gemini (Vertex, Claude)": ["39", "claudeOnVertex"],
  "gemini (Vertex, Mistral)": ["39", "mistral"],
  cohere: ["40", "cohere"],
  mistral: ["41", "mistralServer"],
  "mistral (ollama)": ["41", "ollama"],
  "llama2 (openai)": ["42", "openai"],
  "llama2 (ollama)": ["42", "ollama"],
  huggingface: ["43", "openai"],
  xai: ["43", "grok"],
  dashscope: ["43", "textOnly"],
  cerebras: ["43", "openai"],
  databricks: ["43", "openai"],
  deepseek: ["43", "textOnly"],
  vllm: ["43", "openai"],
  ollama: ["43", "ollama"],
};

/** What a vendor takes otherwise, or not at all. */
const TOLD: Readonly<Partial<Record<keyof typeof SENT, string>>> = {
  mistral: "approximated messages[5]",
  mistralServer: "approximated messages[5]",
  grok: "dropped stop, dropped messages[5].content[1]",
  textOnly: "dropped messages[5].content[1]",
};

const startFor = ({ model: name, target, traits, plugin }: TableProvider, more: string) => {
  const { provider, options } = target(`${lab.url}/lab/${traits ? `${traits}+` : ""}${more}`);
  return startGateway(
    proxies({
      route_type: "llm/v1/chat",
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      logging: { log_statistics: true },
      model: { provider, name, options },
      ...plugin,
    }),
  );
};

const QUESTION = { messages: [{ role: "user", content: "Say hello to the world" }] };
const TOOLS = {
  messages: [{ role: "user", content: "Weather and time?" }],
  tools: ["get_weather", "get_time"].map((name) => ({
    type: "function",
    function: { name, parameters: { type: "object", properties: { at: { type: "string" } } } },
  })),
};

/** The last word on why a stream ended, and the calls that its chunks add up to. */
function streamed(text: string) {
  const chunks = eventsOf(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
  const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
  const calls = new Map<number, { name: string; arguments: string }>();
  for (const { index, function: part } of deltas) {
    const call = calls.get(index) ?? { name: "", arguments: "" };
    call.name += part?.name ?? "";
    call.arguments += part?.arguments ?? "";
    calls.set(index, call);
  }
  return {
    text: textOf(text),
    calls: [...calls.values()].map((call) => ({ ...call, arguments: JSON.parse(call.arguments) })),
    finish: chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []),
    usage: chunks.findLast(({ usage }) => usage)?.usage,
  };
}

function whole(text: string) {
  const { choices, usage } = JSON.parse(text);
  const [{ message, finish_reason: finish }] = choices;
  const calls = (message.tool_calls ?? []).map(
    ({ function: call }: { function: { name: string; arguments: string } }) => ({
      name: call.name,
      arguments: JSON.parse(call.arguments),
    }),
  );
  return { text: message.content ?? "", calls, finish: [finish], usage };
}

for (const provider of TABLE_PROVIDERS) {
  const [line, dialect] = LINES[provider.label] ?? [];
  if (!line || !dialect) throw new Error(`no line of the checklist is for ${provider.label}`);

  describe(`${line} ${provider.label}`, () => {
    test("system words, turns, tools, their calls and results, an image: all in its own words", async () => {
      await using gateway = await startFor(provider, "plain");
      const response = await gateway.post("/ai", ASKED);
      expect(response.status).toBe(200);
      expect(response.headers.get("x-dragoman-notices")).toBe(TOLD[dialect] ?? null);
      await response.text();
      const { model: _, stream: _stream, ...sent } = JSON.parse(lab.requests[0]?.body ?? "");
      expect(sent).toEqual(SENT[dialect]);
      expect(JSON.stringify(sent).includes(PNG)).toBe(!["textOnly", "grok"].includes(dialect));
    });

    test.each([
      ["a text", "plain", QUESTION, ["stop"]],
      ["an answer that is cut off", "long", { ...QUESTION, max_tokens: 5 }, ["length"]],
      ["two calls at once", "parallel-tools", TOOLS, ["tool_calls"]],
    ] as const)(
      "%s comes back the same, whole and streamed, with its usage",
      async (_, traits, body, finish) => {
        await using gateway = await startFor(provider, traits);
        const plain = whole(await (await gateway.post("/ai", body)).text());
        const options = { stream: true, stream_options: { include_usage: true } };
        const response = await gateway.post("/ai", { ...body, ...options });
        const stream = streamed(await response.text());
        expect(plain.finish).toEqual([...finish]);
        expect({ ...stream, usage: undefined }).toEqual({ ...plain, usage: undefined });
        expect(plain.calls).toHaveLength(finish[0] === "tool_calls" ? 2 : 0);
        const usage = (await gateway.record(1)).ai?.proxy?.["usage"];
        const { prompt_tokens, completion_tokens, total_tokens } = plain.usage;
        expect(prompt_tokens + completion_tokens).toBe(total_tokens);
        expect(usage).toMatchObject({ prompt_tokens, completion_tokens, total_tokens });
        if (provider.estimatesStreamUsage) expect(stream.usage.estimated).toBe(true);
        else expect(stream.usage).toMatchObject({ prompt_tokens, completion_tokens, total_tokens });
      },
    );

    test.each([400, 401, 429, 500])("its error %d keeps its status", async (status) => {
      for (const stream of [false, true]) {
        await using gateway = await startFor(provider, String(status));
        const response = await gateway.post("/ai", { ...QUESTION, stream });
        expect(response.status).toBe(status);
        expect((await response.text()).length).toBeGreaterThan(0);
      }
    });

    test("its stream may be cut at every byte", async () => {
      await using gateway = await startFor(provider, "multibyte+split-every-byte");
      await using uncut = await startFor(provider, "multibyte");
      const ask = async ({ post }: typeof gateway) =>
        textOf(await (await post("/ai", { ...QUESTION, stream: true })).text());
      const text = await ask(gateway);
      expect(text).toBe(await ask(uncut));
      expect(Buffer.byteLength(text)).toBeGreaterThan(text.length);
    });
  });
}
