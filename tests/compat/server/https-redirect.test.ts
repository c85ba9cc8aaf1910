import { describe, expect, test } from "bun:test";
import { createFindOrigin } from "../../../src/server/client-origin.ts";
import { type GatewayOptions, startGateway } from "../../gateway.ts";
import { sendRaw } from "../../raw-http.ts";

/** A route for TLS alone; nobody listens behind it. */
const secure = (route: object, options?: GatewayOptions) =>
  startGateway(
    {
      _format_version: "3.0",
      services: [
        { url: "http://127.0.0.1:1", routes: [{ paths: ["/"], protocols: ["https"], ...route }] },
      ],
    },
    options,
  );

describe("https_redirect_status_code", () => {
  test.each([301, 302, 307, 308])(
    "%d sends plain HTTP to the same address over TLS",
    async (code) => {
      await using gateway = await secure({ https_redirect_status_code: code });
      const asked = `${gateway.url}/v1/x%20y?a=b&c=%C3%A9`;
      const response = await fetch(asked, { method: "POST", body: "{}", redirect: "manual" });
      expect(response.status).toBe(code);
      expect(response.headers.get("location")).toBe("https://127.0.0.1/v1/x%20y?a=b&c=%C3%A9");
      expect(response.headers.has("upgrade")).toBe(false);
      expect(await gateway.record()).toMatchObject({ response: { status: code } });
    },
  );

  test("426, as long as nothing is said, names the protocol", async () => {
    await using gateway = await secure({});
    const request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    const { text, closed } = await sendRaw(gateway.port, request, (got) => got.endsWith("}"));
    expect(text).toStartWith("HTTP/1.1 426 ");
    expect(text).toMatch(/^connection: upgrade\r$/im);
    expect(text).toMatch(/^upgrade: TLS\/1\.2, HTTP\/1\.1\r$/im);
    expect(text).not.toMatch(/^location:/im);
    expect(text).toContain('"message":"Please use HTTPS protocol"');
    expect(closed).toBe(false);
  });

  test("a trusted hop's word on the host is taken", async () => {
    const findOrigin = createFindOrigin({
      trustedIps: ["127.0.0.0/8"],
      realIpHeader: "X-Real-IP",
      realIpRecursive: false,
    });
    await using gateway = await secure(
      { https_redirect_status_code: 308 },
      { server: { findOrigin } },
    );
    const headers = { "x-forwarded-host": "told.example:8080" };
    const response = await fetch(`${gateway.url}/a`, { headers, redirect: "manual" });
    expect(response.headers.get("location")).toBe("https://told.example/a");
    const forged = { "x-forwarded-host": "a.example/evil?" };
    const refused = await fetch(`${gateway.url}/a`, { headers: forged, redirect: "manual" });
    expect(refused.status).toBe(400);
    expect(refused.headers.has("location")).toBe(false);
  });

  test.each([
    ["A.example:8000", "https://a.example/p?q"],
    ["[::1]:8000", "https://[::1]/p?q"],
    ["a_b.example", "https://a_b.example/p?q"],
    ["", undefined],
    ["user@evil.example", undefined],
    ["evil.example/x", undefined],
    ["a%0d%0aset-cookie:x", undefined],
    ["a:b", undefined],
    ["a b", undefined],
  ])("Host '%s' is sent to %p", async (host, location) => {
    await using gateway = await secure({ https_redirect_status_code: 301 });
    const request = `GET /p?q HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const { text } = await sendRaw(gateway.port, request);
    expect(text).toStartWith(location ? "HTTP/1.1 301 " : "HTTP/1.1 400 ");
    expect(/^location: (.*)\r$/im.exec(text)?.[1]).toBe(location);
    expect(text).not.toMatch(/^set-cookie/im);
  });
});
