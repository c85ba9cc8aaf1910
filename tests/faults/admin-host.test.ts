import { expect, test } from "bun:test";
import { startAdminServer } from "../../src/admin/admin-server.ts";
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
  const admin = startAdminServer({ hostname: "127.0.0.1", port: 0, notReady: () => undefined });
  try {
    const request = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const { text } = await sendRaw(admin.port ?? 0, request);
    expect(statusesOf(text)).toEqual([status]);
  } finally {
    await admin.stop(true);
  }
});

test("another listener may be asked for by any name", async () => {
  const admin = startAdminServer({ hostname: "0.0.0.0", port: 0, notReady: () => undefined });
  try {
    const request =
      "GET /livez HTTP/1.1\r\nHost: dragoman.monitoring.svc\r\nConnection: close\r\n\r\n";
    expect(statusesOf((await sendRaw(admin.port ?? 0, request)).text)).toEqual([200]);
  } finally {
    await admin.stop(true);
  }
});
