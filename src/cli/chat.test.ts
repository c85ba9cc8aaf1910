import { expect, test } from "bun:test";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../main.ts");

async function chat(...argv: readonly string[]) {
  const child = Bun.spawn([process.execPath, MAIN, "chat", ...argv], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, out, err };
}

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
