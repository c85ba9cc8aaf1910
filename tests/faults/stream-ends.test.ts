import { describe, expect, test } from "bun:test";
import { ask, openai, proxies, startGateway } from "../gateway.ts";

const WORDS = Array.from({ length: 20 }, () => "internationalization ");
const USAGE = { prompt_tokens: 10, completion_tokens: 40, total_tokens: 50 };

function chunk(members: object): string {
  const head = { id: "x", object: "chat.completion.chunk", created: 1, model: "m" };
  return `data: ${JSON.stringify({ ...head, ...members })}\n\n`;
}

const choice = (delta: object, finish_reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta, finish_reason }] });

/** An answer whose text would be estimated at 105 tokens. */
const ANSWER = [
  choice({ role: "assistant", content: "" }),
  ...WORDS.map((content) => choice({ content })),
  choice({}, "stop"),
];
const REPORT = chunk({ choices: [], usage: USAGE });
const DONE = "data: [DONE]\n\n";

/** A vendor that says all of this and then keeps the answer open until it is let go. */
function lingering(...says: readonly string[]) {
  const ports: number[] = [];
  const letGo = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      ports.push(server.requestIP(request)?.port ?? 0);
      request.signal.addEventListener("abort", () => left.resolve());
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode(says.join("")));
          await letGo.promise;
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** Of the connections that questions came on, in order. */
    ports,
    letGo: letGo.resolve,
    /** Resolves when the gateway gives an answer up. */
    left: left.promise,
    async [Symbol.asyncDispose]() {
      letGo.resolve();
      await server.stop(true);
    },
  };
}

const QUESTION = ask("m", { stream: true, stream_options: { include_usage: true } });

describe("C3 a client that leaves once the answer is whole", () => {
  test.each([
    ["the report", REPORT, [...ANSWER, REPORT]],
    ["the terminator", DONE, [...ANSWER, REPORT, DONE]],
  ])("is billed the vendor's report when it leaves at %s", async (_name, last, says) => {
    await using vendor = lingering(...says);
    await using gateway = await startGateway(proxies(openai(vendor.url)));
    const response = await gateway.post("/ai", QUESTION);
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes);
      if (text.endsWith(last)) break;
    }
    const { ai } = await gateway.record();
    expect(ai?.proxy).toMatchObject({ usage: USAGE });
    expect(ai?.proxy).not.toHaveProperty("usage.estimated");
  });
});
