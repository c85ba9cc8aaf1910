import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { openai, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab();
  const plugins = [
    { name: "ai-prompt-guard", config: { deny_patterns: ["cats"] } },
    { name: "ai-proxy", config: openai(lab.url) },
  ];
  const routes = [{ name: "r", paths: ["/ai"], plugins }];
  const services = [{ name: "s", url: "http://localhost:1", routes }];
  gateway = await startGateway({ _format_version: "3.0", services });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

const BODY = '{"model":"lab/echo","messages":[{"role":"user","content":"cats"}]}';
const JSON_TYPE = "application/json";
const GZIP = { "content-encoding": "gzip" };
const first = '"messages":[{"role":"user","content":"hi"}],"messages"';

test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>]>([
  ["compressed", Bun.gzipSync(BODY), GZIP],
  ["said to be compressed", BODY, GZIP],
  ["as plain text", BODY, { "content-type": "text/plain" }],
  ["as a form", BODY, { "content-type": "multipart/form-data; boundary=x" }],
  ["in UTF-16", Buffer.from(BODY, "utf16le"), {}],
  ["written as an escape", BODY.replace("cats", "c\\u0061ts"), {}],
  ["behind messages of the same name", BODY.replace('"messages"', first), {}],
])("a denied word %s reaches no model", async (_, body, headers) => {
  lab.reset();
  const response = await fetch(`${gateway.url}/ai`, {
    method: "POST",
    body,
    headers: { "content-type": JSON_TYPE, ...headers },
  });
  expect(response.status).toBe(400);
  expect(lab.requests).toHaveLength(0);
});
