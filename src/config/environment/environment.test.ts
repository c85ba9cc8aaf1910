import { expect, test } from "bun:test";
import { readEnvironment } from "./environment.ts";

function read(env: Record<string, string>) {
  return readEnvironment({
    env,
    readFile: () => {
      throw new Error("no file");
    },
  });
}

test("an empty environment says nothing", () => {
  expect(read({ PATH: "/bin", KONG_PLUGINS: "bundled" })).toEqual({ settings: {}, problems: [] });
});

test("every setting is read", () => {
  const { settings, problems } = read({
    KONG_DATABASE: "off",
    KONG_PROXY_LISTEN: "0.0.0.0:8000 reuseport backlog=16384, [::]:8443 http2 ssl",
    KONG_ADMIN_LISTEN: "off",
    KONG_STATUS_LISTEN: "127.0.0.1:8007",
    KONG_SSL_CERT: "/etc/tls.crt",
    KONG_SSL_CERT_KEY: "/etc/tls.key",
    KONG_DECLARATIVE_CONFIG: "/etc/kong.yaml",
    KONG_DECLARATIVE_CONFIG_STRING: "{}",
    KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: "8m",
    KONG_LOG_LEVEL: "WARN",
    KONG_HEADERS: "latency_tokens, x-kong-request-id",
    KONG_VAULT_ENV_PREFIX: "APP_",
    KONG_TRUSTED_IPS: "10.0.0.0/8, ::1",
    KONG_REAL_IP_HEADER: "X-Forwarded-For",
    KONG_REAL_IP_RECURSIVE: "on",
    KONG_ALLOW_DEBUG_HEADER: "off",
    DRAGOMAN_ADMIN_TOKEN: "0123456789abcdef",
    KONG_NGINX_WORKER_PROCESSES: "2",
  });
  expect(problems).toEqual([]);
  expect(settings).toEqual({
    proxyListen: [
      { host: "0.0.0.0", port: 8000, tls: false, http2: false },
      { host: "[::]", port: 8443, tls: true, http2: true },
    ],
    adminListen: [],
    statusListen: [{ host: "127.0.0.1", port: 8007, tls: false, http2: false }],
    sslCert: "/etc/tls.crt",
    sslCertKey: "/etc/tls.key",
    declarativeConfig: "/etc/kong.yaml",
    declarativeConfigString: "{}",
    bodyLimitBytes: 8 * 1024 * 1024,
    logLevel: "warn",
    headers: ["latency_tokens", "X-Kong-Request-Id"],
    vaultEnvPrefix: "APP_",
    trustedIps: ["10.0.0.0/8", "::1"],
    realIpHeader: "X-Forwarded-For",
    realIpRecursive: true,
    allowDebugHeader: false,
    adminToken: "0123456789abcdef",
    workers: 2,
  });
});

test("a token that is too short to be one is refused, and not shown", () => {
  for (const token of ["hunter2", "a token with blanks in it"]) {
    const { settings, problems } = read({ DRAGOMAN_ADMIN_TOKEN: token });
    expect(settings).toEqual({});
    expect(problems).toMatchObject([{ severity: "error", path: "DRAGOMAN_ADMIN_TOKEN" }]);
    expect(JSON.stringify(problems)).not.toContain(token);
  }
});

test.each([
  ["KONG_PROXY_LISTEN", "8000", "'8000' is not of the form host:port"],
  ["KONG_PROXY_LISTEN", "0.0.0.0:70000", "'0.0.0.0:70000' is not of the form host:port"],
  ["KONG_PROXY_LISTEN", "0.0.0.0:80 sll", "'sll' is no switch of a listener"],
  ["KONG_PROXY_LISTEN", "unix:/tmp/s", "listening on a Unix socket is not built yet"],
  ["KONG_ADMIN_LISTEN", "0.0.0.0:1 proxy_protocol", "proxy_protocol is not built yet"],
  [
    "KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE",
    "8mb",
    "'8mb' is no size; write it as 0, 512k, 8m or 1g",
  ],
  [
    "KONG_LOG_LEVEL",
    "loud",
    "expected one of: debug, info, notice, warn, error, crit, alert, emerg",
  ],
  ["KONG_TRUSTED_IPS", "localhost", "'localhost' is no address and no CIDR block"],
  ["KONG_TRUSTED_IPS", "::1, 10.0.0.0/33", "'10.0.0.0/33' is no address and no CIDR block"],
  ["KONG_TRUSTED_IPS", "10.0.0.256", "'10.0.0.256' is no address and no CIDR block"],
  ["KONG_REAL_IP_HEADER", "proxy_protocol", "proxy_protocol is not built yet"],
  ["KONG_REAL_IP_HEADER", "x y", "'x y' is no name of a header"],
  [
    "KONG_SSL_CERT",
    "a.crt, b.crt",
    "more than one certificate here is not built yet; list them as certificates",
  ],
  ["KONG_ALLOW_DEBUG_HEADER", "maybe", "expected one of: on, off"],
  ["KONG_NGINX_WORKER_PROCESSES", "0", "'0' is no number of workers; write auto, or 1 to 128"],
  ["KONG_DATABASE", "postgres", "the database 'postgres' is not built yet; expected one of: off"],
  ["KONG_LOG_LEVEL", "{vault://env/level}", "environment variable LEVEL is not set"],
])("%s=%s is refused", (path, value, message) => {
  expect(read({ [path]: value }).problems).toEqual([{ severity: "error", path, message }]);
});

test("any setting may be a reference, and its value stays out of the complaint", () => {
  expect(read({ KONG_LOG_LEVEL: "{vault://env/level}", LEVEL: "info" }).settings).toEqual({
    logLevel: "info",
  });
  const { problems } = read({ KONG_LOG_LEVEL: "{vault://env/level}", LEVEL: "canary" });
  expect(problems.map(({ message }) => message)).toEqual(["what the reference holds is malformed"]);
});

test("a misspelt setting is pointed out", () => {
  expect(read({ KONG_PROXY_LISTN: "off" }).problems).toEqual([
    {
      severity: "warning",
      path: "KONG_PROXY_LISTN",
      message: "is not a setting",
      hint: "did you mean 'KONG_PROXY_LISTEN'?",
    },
  ]);
});
