import { expect, spyOn, test } from "bun:test";
import { startAdminServer } from "../../src/admin/admin-server.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { sendRaw, statusesOf } from "../raw-http.ts";

test.each([
  ["127.0.0.1:8001", 200],
  ["localhost:8001", 200],
  ["gateway.localhost", 200],
  ["[::1]:8001", 200],
  ["dragoman", 200],
  ["dragoman.", 200],
  ["evil.example", 421],
  ["evil.example:8001", 421],
  ["127.0.0.1.evil.example", 421],
  ["localhost.evil.example.", 421],
])("a loopback listener that is asked for as %s answers %d", async (host, status) => {
  const admin = await startAdminServer({
    hostname: "127.0.0.1",
    port: 0,
    processState: createProcessState(),
    notReady: () => undefined,
  });
  try {
    const request = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const { text } = await sendRaw(admin.port, request);
    expect(statusesOf(text)).toEqual([status]);
  } finally {
    await admin.stop();
  }
});

test("another listener may be asked for by any name", async () => {
  const admin = await startAdminServer({
    hostname: "0.0.0.0",
    port: 0,
    processState: createProcessState(),
    notReady: () => undefined,
  });
  try {
    const request =
      "GET /livez HTTP/1.1\r\nHost: dragoman.monitoring.svc\r\nConnection: close\r\n\r\n";
    expect(statusesOf((await sendRaw(admin.port, request)).text)).toEqual([200]);
  } finally {
    await admin.stop();
  }
});

/** What the admin listener of an address says to a request, sent as it stands. */
async function asked(request: string, hostname = "127.0.0.1") {
  const admin = await startAdminServer({
    hostname,
    port: 0,
    processState: createProcessState(),
    notReady: () => undefined,
  });
  try {
    const { text } = await sendRaw(admin.port, request);
    return { statuses: statusesOf(text), body: text.slice(text.indexOf("\r\n\r\n") + 4) };
  } finally {
    await admin.stop();
  }
}

test.each(["/livez", "/readyz", "/livez?a=b", "http://a.test/livez"])(
  "a health check over HTTP/1.0 needs no Host for %s",
  async (target) => {
    expect(await asked(`GET ${target} HTTP/1.0\r\n\r\n`)).toEqual({
      statuses: [200],
      body: '{"status":"ok"}',
    });
  },
);

test.each(["//", "//livez", "/livez/", "/.%2flivez"])("nothing is at %s", async (target) => {
  expect((await asked(`GET ${target} HTTP/1.0\r\n\r\n`)).statuses).toEqual([404]);
});

test.each(["a b", "[", "[::1", "h:99999999", "h:1:2", "", "a/b", "u@127.0.0.1", "a, b", "é"])(
  "a Host that is none is refused: '%s'",
  async (host) => {
    const request = `GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    for (const hostname of ["127.0.0.1", "0.0.0.0"]) {
      const { statuses, body } = await asked(request, hostname);
      expect(statuses).toEqual([400]);
      expect(JSON.parse(body)).toEqual({ message: "The request's Host is none" });
    }
  },
);

test("an error of its own shows nothing to who asks, and is one line to who runs it", async () => {
  const said: unknown[] = [];
  const heard = spyOn(console, "error").mockImplementation((...words) => void said.push(...words));
  const notReady = () => {
    throw new Error("no such thing at https://a.test/?key=canary\nand more");
  };
  const admin = await startAdminServer({
    hostname: "127.0.0.1",
    port: 0,
    processState: createProcessState(),
    notReady,
  });
  try {
    const response = await fetch(`http://127.0.0.1:${admin.port}/readyz`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "An unexpected error occurred" });
    expect(said).toEqual([
      "dragoman: the admin listener failed: no such thing at https://a.test/?key=REDACTED",
    ]);
  } finally {
    heard.mockRestore();
    await admin.stop();
  }
});
