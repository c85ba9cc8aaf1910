import { expect, spyOn, test } from "bun:test";
import { startAdminServer } from "../../../src/admin/admin-server.ts";
import { createProcessState } from "../../../src/gateway/create-process-state.ts";
import { ask, startGateway } from "../../gateway.ts";

/** Part of every secret of the file, and of those that clients bring. */
const CANARY = "canary-7d1f";

const proxy = (name: string, upstream_url: string, auth: object, provider = "openai") => ({
  name,
  paths: [`/${name}`],
  plugins: [
    {
      name: "ai-proxy",
      config: {
        route_type: "llm/v1/chat",
        auth,
        logging: { log_statistics: true },
        model: { provider, options: { upstream_url } },
      },
    },
  ],
});

/** An upstream that answers, breaks off a stream, or names no member that it should. */
const serve = (arrived: string[]) =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { model, token } = (await request.json()) as { model: string; token?: string };
      const sesame = new URL(request.url).searchParams.get("sesame");
      arrived.push(token ?? sesame ?? request.headers.get("authorization") ?? "");
      if (model === "bad") return Response.json({});
      if (model === "cut") {
        const chunk = { id: "1", choices: [{ index: 0, delta: { content: "a" } }] };
        return new Response(`data: ${JSON.stringify(chunk)}\n\n`, {
          headers: { "content-type": "text/event-stream" },
        });
      }
      const message = { role: "assistant", content: "hi" };
      return Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }] });
    },
  });

test("no secret is in an answer, a record, the metrics or what the process says", async () => {
  const said: unknown[] = [];
  const heard = (["error", "warn", "log"] as const).map((name) =>
    spyOn(console, name).mockImplementation((...words: unknown[]) => void said.push(...words)),
  );
  const arrived: string[] = [];
  const upstream = serve(arrived);
  const processState = createProcessState();
  const admin = await startAdminServer({
    hostname: "127.0.0.1",
    port: 0,
    processState,
    notReady: () => undefined,
  });
  try {
    const url = `http://127.0.0.1:${upstream.port}/x`;
    const header = { header_name: "Authorization", header_value: `Bearer sk-${CANARY}` };
    const member = { param_name: "token", param_value: CANARY, param_location: "body" };
    const query = { param_name: "sesame", param_value: CANARY, param_location: "query" };
    const config = {
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: "http://localhost:1",
          routes: [
            proxy("header", url, header),
            proxy("query", url, query),
            proxy("body", url, member),
            proxy("gone", "http://127.0.0.1:1/x", query),
            proxy("nowhere", "http://nowhere.invalid/x", query),
            proxy("google", "http://127.0.0.1:1/x", query, "gemini"),
          ],
        },
      ],
      plugins: [{ name: "key-auth", config: { key_names: ["apikey"] } }],
      consumers: [{ username: "a", keyauth_credentials: [{ key: CANARY }] }],
    };
    await using gateway = await startGateway(config, { processState });
    let told = "";
    const call = async (path: string, body: object | string, key: string) => {
      const response = await gateway.post(`${path}?apikey=${key}`, body);
      told += `${JSON.stringify([...response.headers])} ${await response.text()}\n`;
    };
    let calls = 0;
    for (const path of ["/header", "/query", "/body", "/gone", "/nowhere", "/google"]) {
      for (const body of [ask("good"), ask("bad"), ask("cut", { stream: true }), "{", {}]) {
        await call(path, body, CANARY);
        calls += 1;
      }
    }
    await call("/header", ask("good"), `not-${CANARY}`);
    await gateway.record(calls + 1);
    const metrics = await (await fetch(`http://127.0.0.1:${admin.port}/metrics`)).text();
    expect(metrics).toContain("dragoman_requests_total");
    expect(arrived).toHaveLength(9);
    for (const secret of arrived) expect(secret).toContain(CANARY);
    const all = [told, metrics, JSON.stringify(gateway.records), Bun.inspect(said)];
    for (const text of all) expect(text).not.toContain(CANARY);
    for (const status of [200, 400, 401, 500, 502]) {
      expect(gateway.records.map(({ response }) => response.status)).toContain(status);
    }
  } finally {
    for (const spy of heard) spy.mockRestore();
    await admin.stop();
    await upstream.stop(true);
  }
});
