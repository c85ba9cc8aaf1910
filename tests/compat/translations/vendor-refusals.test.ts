import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { proxies, startGateway, type TestGateway } from "../../gateway.ts";

/**
 * What OpenAI takes and another vendor answers 400 to: it is adapted or left out, and told. The lab
 * refuses by the vendors' own rules, so that a 200 says that it was.
 */

const bedrock = (model: string) =>
  [
    "bedrock",
    model,
    `/model/${encodeURIComponent(model)}/converse`,
    { bedrock: { aws_region: "eu-west-1" } },
  ] as const;
const gemini = (model: string) =>
  ["gemini", model, `/v1beta/models/${model}:generateContent`, {}] as const;
const anthropic = (model: string) =>
  ["anthropic", model, "/v1/messages", { anthropic_version: "2023-06-01" }] as const;

const TARGETS = {
  anthropic: anthropic("claude-sonnet-4-5"),
  "anthropic-4-6": anthropic("claude-opus-4-6"),
  bedrock: bedrock("anthropic.claude-sonnet-4-5-20250929-v1:0"),
  titan: bedrock("amazon.titan-text-express-v1"),
  gemini: gemini("gemini-2.5-flash"),
  "gemini-3": gemini("gemini-3-flash-preview"),
  cohere: ["cohere", "command-a-03-2025", "/v2/chat", {}],
  ollama: ["llama2", "llama3.2", "/api/chat", { llama2_format: "ollama" }],
  "cohere-v1": ["cohere", "command-r-08-2024", "/v1/chat", {}],
} as const;
type Target = keyof typeof TARGETS;

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  const config = Object.entries(TARGETS).map(([name, [provider, model, path, options]]) => ({
    path: `/${name}`,
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    model: { provider, name: model, options: { ...options, upstream_url: `${lab.url}${path}` } },
  }));
  gateway = await startGateway(proxies(...config));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

const user = (content: unknown) => ({ role: "user", content });
const system = { role: "system", content: "Be brief." };
const said = (content: string) => ({ role: "assistant", content });
const tool = (parameters: object) => ({ type: "function", function: { name: "find", parameters } });
const called = (args: string, id = "functions.find:0") => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name: "find", arguments: args } }],
});
const result = (content: string, id = "functions.find:0") => ({
  role: "tool",
  tool_call_id: id,
  content,
});
const byName = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
const byId = { type: "object", properties: { id: { type: "integer" } }, required: ["id"] };
const forms = { anyOf: [byName, byId] };
const json = { type: "json_object" };
const pdf = {
  type: "file",
  file: { filename: "report.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
};
const png = (url: string) => ({ type: "image_url", image_url: { url } });

interface Row {
  readonly targets: readonly Target[];
  readonly body: object;
  /** What is told, in order; null where nothing is lost, undefined where targets differ in it. */
  readonly notices: string | null | undefined;
  /** What stands in the vendor's request. */
  readonly sent: string | readonly string[];
}

const ROWS: Readonly<Record<string, Row>> = {
  "a conversation of instructions alone": {
    targets: ["anthropic", "bedrock", "gemini", "cohere", "cohere-v1"],
    body: { messages: [system] },
    notices: "approximated messages",
    sent: "Be brief.",
  },
  "an assistant who speaks first": {
    targets: ["anthropic", "bedrock", "gemini"],
    body: { messages: [said("Welcome!"), user("Hi")] },
    notices: "approximated messages[0]",
    sent: ["Hello.", "Welcome!"],
  },
  "white space at the end of the assistant's last words": {
    targets: ["anthropic", "bedrock"],
    body: { messages: [user("Hi"), said("Well, \n")] },
    notices: "approximated messages",
    sent: '"Well,"',
  },
  "last words of the assistant, where the model goes on with none": {
    targets: ["anthropic-4-6"],
    body: { messages: [user("Hi"), said("Well,")] },
    notices: "approximated messages",
    sent: "Continue.",
  },
  "a turn of blank text": {
    targets: ["anthropic", "bedrock", "cohere", "cohere-v1", "gemini"],
    body: { messages: [user("Hi"), said(""), user("Are you there?")] },
    notices: null,
    sent: "Are you there?",
  },
  "a schema of several forms": {
    targets: ["anthropic", "bedrock"],
    body: { messages: [user("Find it.")], tools: [tool(forms)] },
    notices: "approximated tools[0].function.parameters",
    sent: ['"type":"object"', "One of these forms"],
  },
  "a parameter whose name the vendor does not take": {
    targets: ["anthropic", "bedrock"],
    body: {
      messages: [user("Find it.")],
      tools: [
        tool({ ...byName, properties: { $filter: { type: "string" }, name: { type: "string" } } }),
      ],
    },
    notices: "dropped tools[0].function.parameters.properties.$filter",
    sent: '"properties":{"name":{"type":"string"}}',
  },
  "thoughts that another vendor put among the parts of its answer": {
    targets: ["anthropic", "bedrock", "gemini", "cohere", "cohere-v1", "ollama", "titan"],
    body: {
      messages: [
        user("Hi"),
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
            { type: "reasoning", summary: [{ type: "summary_text", text: "Ah." }] },
            { type: "text", text: "Well, hello." },
          ],
        },
        user("And now?"),
      ],
    },
    notices: undefined,
    sent: "Well, hello.",
  },
  "arguments null, of a call without parameters": {
    targets: ["anthropic", "bedrock", "gemini", "cohere", "cohere-v1"],
    body: {
      messages: [user("Find it."), called("null", "call_1"), result("{}", "call_1")],
      tools: [tool(byName)],
    },
    notices: null,
    sent: "{}",
  },
  "ids with dots and colons, which Bedrock takes": {
    targets: ["bedrock"],
    body: { messages: [user("Find it."), called("{}"), result("x")], tools: [tool(byName)] },
    notices: null,
    sent: '"toolUseId":"functions.find:0"',
  },
  "a document alone": {
    targets: ["bedrock"],
    body: { messages: [user([pdf])] },
    notices: "approximated messages",
    sent: '{"text":"report"}',
  },
  "calls and results, to a model that knows no tools": {
    targets: ["titan"],
    body: { messages: [user("Find it."), called('{"name":"a"}'), result("here-4711")] },
    notices: "approximated messages",
    sent: ["find answered:", "here-4711"],
  },
  "tools beside a JSON format": {
    targets: ["gemini", "cohere"],
    body: { messages: [user("Find it.")], tools: [tool(byName)], response_format: json },
    notices: "approximated response_format",
    sent: "answer with one JSON object",
  },
  "the same, where the model takes both": {
    targets: ["gemini-3"],
    body: { messages: [user("Find it.")], tools: [tool(byName)], response_format: json },
    notices: null,
    sent: '"responseMimeType":"application/json"',
  },
  "tools that may not be called beside a JSON format": {
    targets: ["gemini", "cohere"],
    body: {
      messages: [user("Find it.")],
      tools: [tool(byName)],
      tool_choice: "none",
      response_format: json,
    },
    notices: null,
    sent: "json",
  },
  "a tool with a dot and a hyphen in its name": {
    targets: ["cohere", "cohere-v1"],
    body: {
      messages: [user("Find it.")],
      tools: [{ type: "function", function: { name: "file-s.read", parameters: byName } }],
    },
    notices: null,
    sent: '"name":"file_s_read_',
  },
  "a list as a tool's result": {
    targets: ["cohere-v1"],
    body: { messages: [user("Find it."), called("{}"), result("[1]")], tools: [tool(byName)] },
    notices: "approximated messages[2]",
    sent: '"output":"[1]"',
  },
  "a data URL in other letters": {
    targets: ["anthropic", "bedrock", "gemini", "cohere"],
    body: {
      messages: [
        user([png("DATA:image/PNG;charset=x;base64,iVBORw0K\nGgo="), { type: "text", text: "?" }]),
      ],
    },
    notices: null,
    sent: "iVBORw0KGgo=",
  },
  "an image of a kind that the vendor does not take, alone in its turn": {
    targets: ["anthropic"],
    body: { messages: [user("Hi"), user([png("data:image/bmp;base64,Qk0AAAAA")])] },
    notices: "dropped messages[1].content[0]",
    sent: '"content":"Hi"',
  },
  "an image to be fetched, alone in its turn, where none is fetched": {
    targets: ["ollama", "cohere-v1"],
    body: { messages: [user("Hi"), user([png("https://example.com/a.png")])] },
    notices: "dropped messages[1].content[0]",
    sent: "Hi",
  },
  "six stop sequences, one of them blank": {
    targets: ["gemini", "cohere"],
    body: { messages: [user("Hi")], stop: ["a", "b", "c", "d", "e", "f"] },
    notices: "dropped stop",
    sent: '["a","b","c","d","e"]',
  },
};

for (const [name, { targets, body, notices, sent }] of Object.entries(ROWS)) {
  describe(name, () => {
    test.each(targets)("%s", async (target) => {
      lab.reset();
      const response = await gateway.post(`/${target}`, { max_tokens: 99, ...body });
      expect(response.status, await response.clone().text()).toBe(200);
      const told = response.headers.get("x-dragoman-notices");
      if (notices === null) expect(told).toBeNull();
      for (const notice of notices?.split(", ") ?? []) expect(told).toContain(notice);
      for (const words of [sent].flat()) expect(lab.requests.at(-1)?.body).toContain(words);
    });
  });
}

test.each(["anthropic", "bedrock", "gemini", "cohere", "cohere-v1"])(
  "%s: a conversation of which nothing is left is refused in a sentence of ours",
  async (target) => {
    lab.reset();
    const response = await gateway.post(`/${target}`, { messages: [user("")] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("must hold something to answer");
    expect(lab.requests).toEqual([]);
  },
);
