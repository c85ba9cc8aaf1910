import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { eventsOf, proxies, startGateway, type TestGateway } from "../../gateway.ts";

/** Names that a client may give its tools, and that vendors of one kind or another refuse. */
const NAMES = ["files.read", "$price", "9lives", "très/vite", "n".repeat(70), "a b"];

const BEDROCK_MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0";

const TARGETS = {
  anthropic: ["claude-sonnet-4-5", "/v1/messages", { anthropic_version: "2023-06-01" }],
  bedrock: [
    BEDROCK_MODEL,
    `/model/${encodeURIComponent(BEDROCK_MODEL)}/converse`,
    { bedrock: { aws_region: "eu-west-1" } },
  ],
  openai: ["gpt-4o", "/v1/chat/completions", {}],
  gemini: ["gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent", {}],
} as const;
type Vendor = keyof typeof TARGETS;
const VENDORS = Object.keys(TARGETS) as readonly Vendor[];

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  const config = VENDORS.map((provider) => {
    const [name, path, options] = TARGETS[provider];
    return {
      path: `/${provider}`,
      route_type: "llm/v1/chat",
      auth: { header_name: "Authorization", header_value: "Bearer k" },
      model: { provider, name, options: { ...options, upstream_url: `${lab.url}${path}` } },
    };
  });
  gateway = await startGateway(proxies(...config));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

interface Call {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}
interface Answer {
  readonly choices: readonly { readonly message: { readonly tool_calls: readonly Call[] } }[];
}
interface Chunk {
  readonly choices: readonly { readonly delta: { readonly tool_calls?: readonly Call[] } }[];
}

const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { x: { type: "string" } } } },
});
const asked = (name: string) => ({
  messages: [{ role: "user", content: "Go." }],
  tools: [tool("plain"), tool(name)],
  tool_choice: { type: "function", function: { name } },
});

async function told(response: Response): Promise<string> {
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get("x-dragoman-notices")).toBeNull();
  return text;
}

describe.each(VENDORS)("%s", (vendor) => {
  test.each(NAMES)(
    "a tool named %j is called by that name, and its result goes back",
    async (name) => {
      const answer: Answer = JSON.parse(await told(await gateway.post(`/${vendor}`, asked(name))));
      const [call] = answer.choices[0]?.message.tool_calls ?? [];
      expect(call?.function.name).toBe(name);
      const again = {
        ...asked(name),
        tool_choice: "auto",
        messages: [
          { role: "user", content: "Go." },
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: call?.id, content: "done-4711" },
        ],
      };
      expect(await told(await gateway.post(`/${vendor}`, again))).toContain("done-4711");
    },
  );

  test("a streamed call has the client's name too", async () => {
    const body = { ...asked("files.read"), stream: true };
    const events = eventsOf(await told(await gateway.post(`/${vendor}`, body)));
    const chunks = events
      .filter((data) => data !== "[DONE]")
      .map((data): Chunk => JSON.parse(data));
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]?.function.name).toBe("files.read");
  });

  test("two names that differ only in what is replaced stay two, and legal ones stay as they are", async () => {
    const body = { ...asked("a.b"), tools: [tool("a.b"), tool("a$b"), tool("a_b")] };
    expect(await told(await gateway.post(`/${vendor}`, body))).toContain('"a.b"');
    const sent = lab.requests.at(-1)?.body ?? "";
    const names = [...sent.matchAll(/"name":"(a[^"]*)"/g)].map(([, one]) => one ?? "");
    expect(new Set(names.slice(0, 3)).size).toBe(3);
    expect(names).toContain("a_b");
  });
});
