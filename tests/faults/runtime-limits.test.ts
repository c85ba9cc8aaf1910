import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { ask, openai, proxies, startGateway } from "../gateway.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

// What SECURITY.md says of the runtime's limits: where one of these fails, the limit may have gone.

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

test("a target's host is not seen: Host decides", async () => {
  const service = (name: string) => ({
    name,
    url: `${lab.url}/anything/${name}`,
    routes: [{ hosts: [`${name}.test`] }],
  });
  await using gateway = await startGateway({
    _format_version: "3.0",
    services: [service("a"), service("b")],
  });
  const request = "GET http://a.test/x HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n";
  const { text } = await sendRaw(gateway.port, request);
  expect(statusesOf(text)).toEqual([200]);
  expect(lab.requests.map(({ target }) => target)).toEqual(["/anything/b/x"]);
});

test("a second request ends the first; its upstream is left, and the record says so", async () => {
  await using gateway = await startGateway(proxies(openai(lab.url)));
  const body = JSON.stringify(ask("lab/stall-headers"));
  const length = Buffer.byteLength(body);
  const lines = `Content-Type: application/json\r\nContent-Length: ${length}`;
  const request = `POST /ai HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;
  const second = lab.waitForRequest().then(() => request);
  const { text, closed } = await sendRaw(gateway.port, request, undefined, second);
  expect([text, closed]).toEqual(["", true]);
  expect(await gateway.record()).toMatchObject({ client_aborted: true });
  expect(await lab.requests[0]?.outcome).toBe("client-left");
  expect(lab.requests).toHaveLength(1);
  expect(gateway.records).toHaveLength(1);
});
