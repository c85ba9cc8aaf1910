import { afterAll, beforeAll, expect, test } from "bun:test";
import net from "node:net";
import { ask, openai, proxies, startGateway, type TestGateway } from "../gateway.ts";
import { sendRaw } from "../raw-http.ts";

const ODD = "\xe4\xf6\xfc\x80 \xc3\xa4";
const ANSWER = JSON.stringify({ choices: [{ index: 0, message: { content: "hi" } }] });
const STREAM = 'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\ndata: [DONE]\n\n';

/** What the upstream got, in Latin-1. */
let arrived = "";
const upstream = net.createServer((socket) => {
  socket.on("data", (bytes) => {
    const text = bytes.toString("latin1");
    arrived += text;
    if (!text.includes("HTTP/1.1")) return;
    const [type, body] = text.includes('"stream":true')
      ? ["text/event-stream", STREAM]
      : ["application/json", ANSWER];
    const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n`;
    socket.write(`${head}X-Odd: ${ODD}\r\n\r\n${body}`, "latin1");
  });
});
let gateway: TestGateway;
beforeAll(async () => {
  await new Promise<void>((listening) => upstream.listen(0, "127.0.0.1", listening));
  const { port } = upstream.address() as net.AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const model = { provider: "openai", options: { upstream_url: url } };
  const { services, ...rest } = proxies(openai("", { model })) as { services: object[] };
  const plain = { name: "plain", url, routes: [{ name: "plain", paths: ["/plain"] }] };
  const realm = { name: "key-auth", config: { realm: "模型" } };
  const closed = { name: "closed", url, routes: [{ paths: ["/closed"], plugins: [realm] }] };
  gateway = await startGateway({ ...rest, services: [...services, plain, closed] });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.close();
});

function asked(path: string, body = "") {
  arrived = "";
  const length = Buffer.byteLength(body);
  const lines = `Content-Type: application/json\r\nContent-Length: ${length}\r\nX-Mine: ${ODD}`;
  const bytes = Buffer.from(body).toString("latin1");
  const request = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n\r\n${bytes}`;
  return sendRaw(gateway.port, request);
}

test.each([
  ["a service", "/plain", ""],
  ["a service, with a body that is streamed", "/plain", "{}"],
  ["a model", "/ai", JSON.stringify(ask("m"))],
  ["a model, streamed", "/ai", JSON.stringify(ask("m", { stream: true }))],
])(
  "bytes of headers that are no ASCII go on as they came, both ways: %s",
  async (_, path, body) => {
    const { text } = await asked(path, body);
    expect(text).toContain(`x-odd: ${ODD}\r\n`);
    expect(arrived).toContain(`x-mine: ${ODD}\r\n`);
  },
);

test.each(["é", "模型-7b", "😀"])("a model may be called %s", async (name) => {
  for (const stream of [false, true]) {
    const { text } = await asked("/ai", JSON.stringify(ask(name, { stream })));
    expect(text).toStartWith("HTTP/1.1 200 ");
    const bytes = Buffer.from(`openai/${name}`).toString("latin1");
    expect(text).toContain(`x-kong-llm-model: ${bytes}\r\n`);
  }
});

test("a realm too", async () => {
  const { text } = await asked("/closed");
  expect(text).toStartWith("HTTP/1.1 401 ");
  expect(text).toContain(`Key realm="${Buffer.from("模型").toString("latin1")}"\r\n`);
});
