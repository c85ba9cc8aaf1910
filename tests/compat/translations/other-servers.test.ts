import { describe, expect, test } from "bun:test";
import { ask, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

/** A server that speaks OpenAI's dialect and keeps what it was sent. */
function server() {
  const bodies: string[] = [];
  const listening = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      bodies.push(await request.text());
      const message = { role: "assistant", content: "Hi" };
      const choices = [{ index: 0, message, finish_reason: "stop" }];
      return Response.json({ id: "c", object: "chat.completion", created: 1, model: "m", choices });
    },
  });
  return {
    bodies,
    url: `http://127.0.0.1:${listening.port}/chat/completions`,
    [Symbol.asyncDispose]: () => listening.stop(true),
  };
}

const openaiAt = (url: string): ProxyOptions => ({
  route_type: "llm/v1/chat",
  model: { provider: "openai", options: { upstream_url: url } },
});

/** What OpenAI refuses, and other servers of its dialect have or want. */
const REPLAYED = `{ "model": "deepseek-chat", "stream": false,
  "messages": [
    {"role": "user", "content": [{"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}}]},
    {"role": "assistant", "content": null, "reasoning_content": "Hm", "reasoning_details": [{"text": "Hm"}],
     "tool_calls": [{"id": "call_${"a".repeat(60)}", "type": "function", "index": 0,
       "function": {"name": "files.look", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "call_${"a".repeat(60)}", "content": "ok"}],
  "tools": [{"type": "function", "function": {"name": "files.look"}, "cache_control": {"type": "ephemeral"}}],
  "unknown": {"list": [], "object": {}} }`;

describe("6.2 provider openai with the upstream_url of another server", () => {
  test("a body leaves as it came, unknown members of messages, parts and tools included", async () => {
    await using upstream = server();
    await using gateway = await startGateway(proxies(openaiAt(upstream.url)));
    const response = await gateway.post("/ai", REPLAYED);
    expect(response.status).toBe(200);
    expect(upstream.bodies).toEqual([REPLAYED]);
    expect(response.headers.get("x-dragoman-notices")).toBeNull();
  });

  test("empty lists and objects survive, with plugins beside as without", async () => {
    await using upstream = server();
    const more = { tools: [], metadata: {}, stop: [], parallel_tool_calls: true };
    const config = proxies(openaiAt(upstream.url));
    const prompts = { append: [{ role: "user", content: "Be brief" }] };
    const decorator = { name: "ai-prompt-decorator", config: { prompts } };
    await using decorated = await startGateway({ ...config, plugins: [decorator] });
    await using plain = await startGateway(config);
    for (const gateway of [decorated, plain]) await gateway.post("/ai", ask("qwen", more));
    const { messages } = ask("qwen");
    expect(upstream.bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { model: "qwen", messages: [...messages, ...prompts.append], ...more },
      { model: "qwen", messages, ...more },
    ]);
  });

  test("top_k is not sent on, and one cap has the name that such servers know", async () => {
    await using upstream = server();
    await using gateway = await startGateway(proxies(openaiAt(upstream.url)));
    await gateway.post("/ai", ask("qwen", { top_k: 5, max_completion_tokens: 9, min_p: 0.1 }));
    const { messages } = ask("qwen");
    expect(JSON.parse(upstream.bodies[0] ?? "")).toEqual({
      model: "qwen",
      messages,
      max_tokens: 9,
      min_p: 0.1,
    });
  });

  test("a model with OpenAI's name is asked by OpenAI's rules wherever it is", async () => {
    await using upstream = server();
    await using gateway = await startGateway(proxies(openaiAt(upstream.url)));
    const body = ask("gpt-5", { temperature: 0.5, max_tokens: 9 });
    const response = await gateway.post("/ai", body);
    expect(JSON.parse(upstream.bodies[0] ?? "")).toEqual({
      ...ask("gpt-5"),
      max_completion_tokens: 9,
    });
    expect(response.headers.get("x-dragoman-notices")).toBe("dropped temperature");
  });
});
