import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { eventsOf, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const BEDROCK = "anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const GENERATE = "/v1beta/models/gemini-2.5-flash:generateContent";

/** Provider, path of the lab, and what else it is told. */
const WAYS: readonly (readonly [title: string, provider: string, path: string, options: object])[] =
  [
    ["openai", "openai", "/v1/completions", {}],
    ["anthropic", "anthropic", "/v1/messages", { anthropic_version: "2023-06-01" }],
    ["gemini", "gemini", GENERATE, {}],
    ["bedrock", "bedrock", `/model/${BEDROCK}/converse`, { bedrock: { aws_region: "eu-west-1" } }],
    ["cohere", "cohere", "/v1/generate", {}],
    ["ollama", "ollama", "/api/generate", {}],
    ["llama2 (openai)", "llama2", "/v1/completions", { llama2_format: "openai" }],
    ["llama2 (ollama)", "llama2", "/api/generate", { llama2_format: "ollama" }],
    ["huggingface", "huggingface", "/hf-inference/models/lab/echo", {}],
  ];

const PROMPT = { prompt: "Once upon a time", max_tokens: 60 };

const start = (provider: string, path: string, options: object) =>
  startGateway(
    proxies({
      route_type: "llm/v1/completions",
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      logging: { log_statistics: true },
      model: {
        provider,
        name: "some-model",
        options: { ...options, upstream_url: `${lab.url}/lab/lenient+echo${path}` },
      },
    }),
  );

describe("completions", () => {
  test.each(WAYS)(
    "%s: the prompt goes, its text and its count come back, whole and streamed",
    async (_, provider, path, options) => {
      await using gateway = await start(provider, path, options);
      const plain = await gateway.post("/ai", PROMPT);
      const answer = (await plain.json()) as {
        object: string;
        choices: { text: string; finish_reason: string }[];
        usage?: { total_tokens: number };
      };
      expect([plain.status, answer.object]).toEqual([200, "text_completion"]);
      expect(lab.requests[0]?.body).toContain("Once upon a time");
      const [choice] = answer.choices;
      expect(choice?.text).toContain("Once upon a time");
      expect(choice?.finish_reason).toBe("stop");

      const events = eventsOf(
        await (await gateway.post("/ai", { ...PROMPT, stream: true })).text(),
      );
      expect(events.at(-1)).toBe("[DONE]");
      const chunks = events.slice(0, -1).map((data) => JSON.parse(data));
      expect(chunks.every(({ object }) => object === "text_completion")).toBe(true);
      const said = chunks.map(({ choices }) => choices[0]?.text ?? "").join("");
      expect(said).toBe(choice?.text ?? "");
      const record = await gateway.record(1);
      const counted = record.ai?.proxy?.["usage"];
      // The reference counts nothing here.
      if (provider === "anthropic") expect(counted).toBeUndefined();
      else if (!answer.usage) expect(counted).toMatchObject({ estimated: true });
      else expect(counted).toMatchObject({ total_tokens: answer.usage.total_tokens });
    },
  );
});
