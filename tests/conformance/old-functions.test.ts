import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { startGateway } from "../gateway.ts";
import { TABLE_PROVIDERS, type TableProvider } from "./table/providers.ts";
import { tableConfig } from "./table/run-table.ts";

/** `functions` and `function_call`, which clients wrote before there were tools, at every provider. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const QUESTION = { role: "user", content: "Weather in Paris?" } as const;
const weather = {
  name: "get_weather",
  description: "The weather in a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

async function asking<T>(
  provider: TableProvider,
  run: (create: OpenAI.Chat.Completions["create"], traits: object) => Promise<T>,
): Promise<T> {
  await using gateway = await startGateway(tableConfig(provider, lab.url));
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "unused", maxRetries: 0 });
  const { completions } = client.chat;
  return await run(completions.create.bind(completions), { headers: { "x-lab-traits": "plain" } });
}

/** Prompts as plain text have no tools at all. */
const CALLING = TABLE_PROVIDERS.filter(({ label }) => !label.includes("raw"));

describe.each(CALLING.map((provider) => [provider.label, provider] as const))(
  "%s",
  (_, provider) => {
    const { model } = provider;

    test("calls a function, and takes its result", async () => {
      await asking(provider, async (create, traits) => {
        const body = { model, messages: [QUESTION], functions: [weather] };
        const { choices } = await create(body, traits);
        const message = choices[0]?.message;
        expect(choices[0]?.finish_reason).toBe("function_call");
        expect(message?.function_call?.name).toBe("get_weather");
        expect(JSON.parse(message?.function_call?.arguments ?? "")).toHaveProperty("city");
        expect(message?.tool_calls).toBeUndefined();
        const result = { role: "function", name: "get_weather", content: "sunny" } as const;
        const messages = [QUESTION, { role: "assistant", ...message } as const, result];
        const after = await create(
          { model, messages, functions: [weather], function_call: "none" },
          traits,
        );
        expect(after.choices[0]?.finish_reason).toBe("stop");
        expect(after.choices[0]?.message.content).not.toBe("");
      });
    });

    test("calls a function in a stream", async () => {
      await asking(provider, async (create, traits) => {
        const body = { model, messages: [QUESTION], functions: [weather], stream: true as const };
        const choices: OpenAI.ChatCompletionChunk.Choice[] = [];
        for await (const chunk of await create(body, traits)) choices.push(...chunk.choices);
        const calls = choices.flatMap(({ delta }) => delta.function_call ?? []);
        expect(calls.map(({ name }) => name ?? "").join("")).toBe("get_weather");
        const args = calls.map((call) => call.arguments ?? "").join("");
        expect(JSON.parse(args)).toHaveProperty("city");
        expect(choices.some(({ delta }) => delta.tool_calls)).toBe(false);
        expect(choices.flatMap((choice) => choice.finish_reason ?? [])).toEqual(["function_call"]);
      });
    });
  },
);
