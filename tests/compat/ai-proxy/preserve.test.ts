import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** An ai-proxy that passes everything on to the lab's paths. */
const preserved = (over: ProxyOptions = {}, model: object = {}) =>
  proxies(
    openai(lab.url, {
      path: "/",
      route_type: "preserve",
      model: { provider: "openai", options: { upstream_url: lab.url }, ...model },
      ...over,
    }),
  );

/** The lab's answer without a gateway. */
function straight(body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${lab.url}/v1/chat/completions`, { method: "POST", body, headers });
}

describe("preserve", () => {
  test("body and answer are untouched, and the credential is the gateway's", async () => {
    await using gateway = await startGateway(preserved());
    const body = `{ "model": "lab/echo",  "messages": [{"role":"user","content":"hi"}], "n":1 }`;
    const init = {
      headers: { authorization: "Bearer client", "content-type": "application/json" },
    };
    const response = await gateway.post("/v1/chat/completions?a=b", body, init);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const [request] = lab.requests;
    expect(request?.body).toBe(body);
    expect(request?.target).toBe("/v1/chat/completions?a=b");
    expect(request?.headers.get("authorization")).toBe("Bearer sk-vendor");
    const direct = await straight(body);
    expect(await response.text()).toBe(await direct.text());
    expect(response.headers.get("x-kong-llm-model")).toBe("openai/lab/echo");
  });

  test.each([
    ["a form with the key", "application/x-www-form-urlencoded", "apikey=k-1&model=m", {}],
    ["a form", "application/x-www-form-urlencoded", "model=m", { apikey: "k-1" }],
    ["JSON of a type of its own", "application/vnd.x+json", '{"model":"m"}', { apikey: "k-1" }],
  ])("%s arrives whole behind a plugin that read it", async (_, type, body, key) => {
    const consumers = [{ username: "ada", keyauth_credentials: [{ key: "k-1" }] }];
    const plugins = [{ name: "key-auth", config: { key_in_body: true, hide_credentials: true } }];
    await using gateway = await startGateway({ ...preserved(), consumers, plugins });
    const headers = { "content-type": type, ...key };
    const answer = await gateway.post("/v1/chat/completions", body, { headers });
    await answer.body?.cancel();
    expect(lab.requests[0]?.body).toBe(body.replace("apikey=k-1&", ""));
  });

  test("without a model there is no model header, and nothing breaks", async () => {
    await using gateway = await startGateway(preserved());
    const response = await fetch(`${gateway.url}/v1/models`);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-kong-llm-model")).toBeNull();
    expect(await response.json()).toMatchObject({ object: "list" });
    expect(lab.requests[0]?.method).toBe("GET");
  });

  test("streams pass as they come", async () => {
    await using gateway = await startGateway(preserved());
    const body = ask("lab/multibyte", { stream: true });
    const response = await gateway.post("/v1/chat/completions", body);
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const direct = await straight(JSON.stringify(body));
    expect(await response.text()).toBe(await direct.text());
    await gateway.record();
  });

  test("statistics are read from an answer in OpenAI's shape", async () => {
    await using gateway = await startGateway(preserved());
    const response = await gateway.post("/v1/chat/completions", ask("lab/echo"));
    const { usage } = (await response.json()) as { usage: object };
    const record = await gateway.record();
    expect(record.ai?.proxy).toMatchObject({ usage, meta: { request_model: "lab/echo" } });
  });

  test.each(["not JSON", "[1]", '{"usage":7,"choices":null}', ""])(
    "an answer %j that says it is JSON is passed on, whatever statistics make of it",
    async (body) => {
      const upstream = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () => new Response(body, { headers: { "content-type": "application/json" } }),
      });
      try {
        const options = { upstream_url: `http://127.0.0.1:${upstream.port}` };
        const config = preserved({ model: { provider: "openai", options } });
        await using gateway = await startGateway(config);
        const response = await gateway.post("/v1/chat/completions", ask("m"));
        expect([response.status, await response.text()]).toEqual([200, body]);
        const { ai } = await gateway.record();
        expect(ai?.proxy).toMatchObject({ usage: { completion_tokens: 0 } });
      } finally {
        await upstream.stop(true);
      }
    },
  );

  test("the vendor's errors are passed on", async () => {
    await using gateway = await startGateway(preserved());
    const response = await gateway.post("/v1/chat/completions", ask("lab/404"));
    expect(response.status).toBe(404);
    expect(response.headers.get("x-kong-llm-model")).toBeNull();
  });

  test("the path of upstream_path, then of upstream_url, then of the client", async () => {
    const chat = "/v1/chat/completions";
    const cases: [object, string][] = [
      [{ upstream_url: `${lab.url}${chat}` }, "/anything"],
      [{ upstream_url: `${lab.url}/x`, upstream_path: chat }, "/anything"],
      [{ upstream_url: lab.url }, chat],
    ];
    for (const [options, path] of cases) {
      lab.reset();
      const config = preserved({ model: { provider: "openai", options } });
      await using gateway = await startGateway(config);
      expect((await gateway.post(path, ask("lab/echo"))).status).toBe(200);
      expect(lab.requests[0]?.path).toBe(chat);
    }
  });
});

describe("uploads", () => {
  /** A form whose file is `size` bytes long. */
  function form(size: number, model?: string) {
    const parts = [
      `--edge\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n${"\u0001\r\n--ed".repeat(size / 7)}\r\n`,
      ...(model === undefined
        ? []
        : [`--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n`]),
      "--edge--\r\n",
    ];
    return parts.join("");
  }
  const headers = { "content-type": "multipart/form-data; boundary=edge" };

  test("stream through untouched, larger than any limit", async () => {
    await using gateway = await startGateway(preserved({ max_request_body_size: 1000 }));
    const body = form(700_000, "lab/echo");
    const response = await gateway.post("/anything", body, { headers });
    expect(response.status).toBe(200);
    const [request] = lab.requests;
    expect(request?.headers.get("content-type")).toBe(headers["content-type"]);
    expect(request?.body).toBe(body);
  });

  test("but not past a configured model", async () => {
    await using gateway = await startGateway(preserved({}, { name: "whisper-1" }));
    const refused = await gateway.post("/anything", form(700_000, "other"), { headers });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { message: "cannot use own model - must be: whisper-1" },
    });
    for (const body of [form(70_000, "whisper-1"), form(70_000)]) {
      lab.reset();
      expect((await gateway.post("/anything", body, { headers })).status).toBe(200);
      expect(lab.requests[0]?.body).toBe(body);
    }
  });
});

describe("a configured model in preserve", () => {
  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/vnd.api+json",
    "application/x-www-form-urlencoded",
    "text/plain",
    undefined,
  ])("holds for %p", async (type) => {
    await using gateway = await startGateway(preserved({}, { name: "lab/echo" }));
    const send = (model: string) =>
      fetch(`${gateway.url}/anything`, {
        method: "POST",
        body: new TextEncoder().encode(JSON.stringify(ask(model))),
        headers: type === undefined ? {} : { "content-type": type },
      });
    expect((await send("lab/echo")).status).toBe(200);
    const refused = await send("lab/plain");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { message: "cannot use own model - must be: lab/echo" },
    });
    expect(lab.requests).toHaveLength(1);
  });

  test("holds for a body that names two", async () => {
    await using gateway = await startGateway(preserved({}, { name: "lab/echo" }));
    const body = `{"model":"lab/plain","model":"lab/echo"}`;
    const headers = { "content-type": "application/json" };
    expect((await gateway.post("/anything", body, { headers })).status).toBe(200);
    expect(lab.requests[0]?.body).toBe(`{"model":"lab/echo"}`);
  });

  test("a JSON body over the limit is refused", async () => {
    await using gateway = await startGateway(preserved({ max_request_body_size: 10 }));
    const response = await gateway.post("/v1/chat/completions", ask("lab/echo"));
    expect(response.status).toBe(413);
    expect(lab.requests).toHaveLength(0);
  });
});
