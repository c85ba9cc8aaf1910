import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { SECOND_SELF_SIGNED, SELF_SIGNED } from "../../faults/self-signed.ts";
import { ask, openai, proxies } from "../../gateway.ts";
import { startProcess, until } from "../../process.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const MAIN = `${import.meta.dirname}/../../../src/main.ts`;
const ADMIN = { KONG_ADMIN_LISTEN: "127.0.0.1:0" };
const CERTIFICATE = { KONG_SSL_CERT: SELF_SIGNED.cert, KONG_SSL_CERT_KEY: SELF_SIGNED.key };
const config = () => proxies(openai(lab.url));

/** A process that is told where to listen by its environment alone. */
const start = (env: Readonly<Record<string, string>>, file: object = config()) =>
  startProcess(file, { flags: [], env: { KONG_PROXY_LISTEN: "127.0.0.1:0", ...ADMIN, ...env } });

describe("KONG_PROXY_LISTEN", () => {
  test("each of several addresses is served, with TLS where it says so", async () => {
    await using gateway = await start({
      ...CERTIFICATE,
      KONG_PROXY_LISTEN: "127.0.0.1:0, 127.0.0.1:0 http2 ssl",
    });
    expect(gateway.urls.map((url) => new URL(url).protocol)).toEqual(["http:", "https:"]);
    for (const url of gateway.urls) {
      const response = await fetch(`${url}/ai`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(ask("lab/echo")),
        tls: { rejectUnauthorized: false },
      });
      expect(response.status).toBe(200);
      await response.bytes();
    }
  });

  test("a stream comes over HTTP/2 as it comes over HTTP/1.1", async () => {
    await using gateway = await start({
      KONG_PROXY_LISTEN: "127.0.0.1:0 http2 ssl",
      ...CERTIFICATE,
    });
    const body = JSON.stringify(ask("lab/plain", { stream: true }));
    const session = connect(gateway.url, { rejectUnauthorized: false });
    const { status, text } = await postOver(session, body);
    session.close();
    expect(status).toBe(200);
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("a client that asks for a certificate's name is shown it, any other the environment's", async () => {
    const file = {
      ...config(),
      certificates: [{ ...SECOND_SELF_SIGNED, snis: [{ name: "*.second.test" }] }],
    };
    await using gateway = await start(
      { KONG_PROXY_LISTEN: "127.0.0.1:0 ssl", ...CERTIFICATE },
      file,
    );
    const port = Number(new URL(gateway.url).port);
    expect(await shownTo("chat.second.test", port)).toBe("second.test");
    expect(await shownTo("elsewhere.test", port)).toBe("localhost");
  });
});

describe("KONG_TRUSTED_IPS", () => {
  test.each([
    ["127.0.0.1", {}, "203.0.113.7"],
    ["10.0.0.0/8", {}, "127.0.0.1"],
    ["127.0.0.1, 203.0.113.0/24", { KONG_REAL_IP_RECURSIVE: "on" }, "198.51.100.1"],
  ])("%s: the client of the record", async (trusted, more, clientIp) => {
    const file = { ...config(), plugins: [{ name: "file-log", config: { path: "/dev/stderr" } }] };
    const env = { KONG_TRUSTED_IPS: trusted, KONG_REAL_IP_HEADER: "X-Forwarded-For", ...more };
    await using gateway = await start(env, file);
    const response = await fetch(`${gateway.url}/ai`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": "198.51.100.1, 203.0.113.7",
      },
      body: JSON.stringify(ask("lab/echo")),
    });
    expect(response.status).toBe(200);
    expect(await until(gateway.errors, /"client_ip":"([^"]*)"/)).toBe(clientIp);
  });
});

test("KONG_HEADERS=off: no answer has a header of the gateway's own", async () => {
  await using gateway = await start({ KONG_HEADERS: "off" });
  const { headers } = await gateway.post(ask("lab/echo"), {}, "/nowhere");
  expect([headers.get("x-kong-request-id"), headers.get("server")]).toEqual([null, null]);
});

test("KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: a larger body is refused", async () => {
  await using gateway = await start({ KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: "1k" });
  const response = await gateway.post(ask("lab/echo", { user: "u".repeat(2000) }));
  expect(response.status).toBe(413);
});

test("KONG_LOG_LEVEL: what is lighter is not said", async () => {
  await using gateway = await start({ KONG_LOG_LEVEL: "error" });
  gateway.child.kill("SIGHUP");
  const metrics = async () => (await fetch(`${gateway.admin}/metrics`)).text();
  while (!/config_generation\S* 2\n/.test(await metrics()));
  await gateway.rewrite({ _format_version: "3.0", plugins: [{ name: "nonsense" }] });
  gateway.child.kill("SIGHUP");
  const { value } = await gateway.errors.next();
  expect(value).toContain("error: plugins[0].name: ");
});

test("beyond the loopback address, a route that asks for no key is warned of", async () => {
  await using gateway = await start({ KONG_PROXY_LISTEN: "0.0.0.0:0" });
  const { value } = await gateway.errors.next();
  const open = "anyone who reaches this machine can call route route-0";
  expect(value).toContain(`${open}; key-auth asks for a key`);
});

test("the same is said of the short form in its own words", async () => {
  const file = { providers: { openai: { key: "sk-test" } } };
  await using gateway = await start({ KONG_PROXY_LISTEN: "0.0.0.0:0" }, file);
  const { value } = await gateway.errors.next();
  expect(value).toContain(
    "anyone who reaches this machine can call the models; `keys` say who may",
  );
});

describe("what cannot be served ends the start with one sentence", () => {
  test.each([
    ["no listener", { KONG_PROXY_LISTEN: "off" }, "KONG_PROXY_LISTEN is off"],
    [
      "TLS without a certificate",
      { KONG_PROXY_LISTEN: "127.0.0.1:0 ssl" },
      "speaks TLS without a certificate: set KONG_SSL_CERT",
    ],
    [
      "an admin listener with TLS",
      { KONG_ADMIN_LISTEN: "127.0.0.1:0 ssl" },
      "TLS on the admin listener is not built yet",
    ],
    [
      "a certificate without its key",
      { KONG_SSL_CERT: SELF_SIGNED.cert },
      "KONG_SSL_CERT_KEY: is needed beside KONG_SSL_CERT",
    ],
    [
      "another's key",
      { ...CERTIFICATE, KONG_SSL_CERT_KEY: SECOND_SELF_SIGNED.key },
      "is not the key of this certificate",
    ],
    [
      "a file that is not there",
      { ...CERTIFICATE, KONG_SSL_CERT: "/nowhere.pem" },
      "is no PEM, and no file that can be read",
    ],
  ])("%s", async (_, env, sentence) => {
    const child = Bun.spawn([process.execPath, MAIN, "start", "-c", "-"], {
      stdin: new Blob([JSON.stringify(config())]),
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, KONG_PROXY_LISTEN: "127.0.0.1:0", ...ADMIN, ...env },
    });
    const said = await new Response(child.stderr).text();
    expect(await child.exited).toBe(1);
    expect(said).toContain(sentence);
    expect(said).not.toContain("PRIVATE KEY");
  });
});

function postOver(session: ClientHttp2Session, body: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: unknown; text: string }>();
  const stream = session.request({
    ":method": "POST",
    ":path": "/ai",
    "content-type": "application/json",
  });
  let status: unknown;
  let text = "";
  session.on("error", reject);
  stream.on("error", reject);
  stream.on("response", (headers) => {
    status = headers[":status"];
  });
  stream.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  stream.on("end", () => resolve({ status, text }));
  stream.end(body);
  return promise;
}

/** Whose certificate a client sees that asks for a server name. */
function shownTo(servername: string, port: number): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = connectTls(
    { host: "127.0.0.1", port, servername, rejectUnauthorized: false },
    () => {
      const { CN } = socket.getPeerCertificate().subject;
      resolve(Array.isArray(CN) ? CN[0] : CN);
      socket.destroy();
    },
  );
  socket.on("error", reject);
  return promise;
}
