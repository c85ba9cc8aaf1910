import { expect, test } from "bun:test";
import { dragoman } from "../../tests/fixtures/dragoman.ts";

const chat = (...argv: readonly string[]) => dragoman(["chat", ...argv]);

test.each([
  ["", "/v1/chat/completions"],
  ["/", "/v1/chat/completions"],
  ["/v1", "/v1/chat/completions"],
  ["/v1/", "/v1/chat/completions"],
  ["/v1/chat/completions", "/v1/chat/completions"],
  ["/my/route", "/my/route"],
])("chat --url takes a base URL or a route: '%s' asks %s", async (path, asked) => {
  const paths: string[] = [];
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      paths.push(new URL(request.url).pathname);
      const chunk = { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] };
      const text = `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
      return new Response(text, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const address = `127.0.0.1:${server.port}${path}`;
  for (const url of [`http://${address}`, address]) {
    expect(await chat("Hello", "--url", url)).toEqual({ exitCode: 0, out: "Hi\n", err: "" });
  }
  expect(paths).toEqual([asked, asked]);
});

test("chat says when nothing listens, and what to do", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { origin } = server.url;
  await server.stop(true);
  const help = "start the gateway with `dragoman start`, or name another address with --url";
  expect(await chat("Hello", "--url", origin)).toEqual({
    exitCode: 1,
    out: "",
    err: `dragoman: nothing listens at ${origin}: ${help}\n`,
  });
});
