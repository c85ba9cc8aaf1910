import { isPlainName, type ReadHeaders } from "../../framing/header-map.ts";
import type { Call } from "../call/call.ts";

/** Meaningful on one hop only (RFC 9110 §7.6.1), or written anew for the next. */
const ONE_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "content-length",
]);

/** What may have been written here, or by a hop that is trusted: a client cannot take it away. */
const KEPT =
  /^(?:x-(?:consumer|credential|authenticated|forwarded)-|x-anonymous-consumer$|x-real-ip$|forwarded$)/;

/**
 * A client's headers for its route's own service, without names that may pass for others there;
 * `host` where the client's is to be kept.
 */
export function requestHeaders(
  client: ReadHeaders,
  host: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  client.forEach((value, name) => {
    if (!ONE_HOP.has(name) && isPlainName(name)) headers[name] = value;
  });
  const connection = client.get("connection");
  if (connection !== null && connection !== "keep-alive") dropNamed(headers, connection);
  if (host !== undefined) headers["host"] = host;
  return headers;
}

function dropNamed(headers: Record<string, string>, connection: string): void {
  for (const part of connection.split(",")) {
    const name = part.trim().toLowerCase();
    if (!KEPT.test(name)) delete headers[name];
  }
}

/**
 * Who asked for what, for a route's own service. What the client itself wrote under these names
 * stays only where the connection's other end is trusted to know it.
 * https://developer.konghq.com/gateway/configuration/#trusted-ips
 */
export function writeForwardingHeaders(headers: Record<string, string>, call: Call): void {
  const { hop, scheme, host, path } = call.request;
  const told = hop?.isTrusted ? { ...headers } : {};
  for (const name of Object.keys(headers)) if (isForwarding(name)) delete headers[name];
  if (!hop) return;
  const before = told["x-forwarded-for"];
  headers["x-forwarded-for"] = before === undefined ? hop.ip : `${before}, ${hop.ip}`;
  headers["x-forwarded-proto"] = scheme;
  headers["x-forwarded-host"] = host;
  headers["x-forwarded-port"] = told["x-forwarded-port"] ?? portOf(host, scheme);
  headers["x-forwarded-path"] = told["x-forwarded-path"] ?? path;
  headers["x-real-ip"] = call.record.clientIp;
}

function isForwarding(name: string): boolean {
  return name === "forwarded" || name === "x-real-ip" || name.startsWith("x-forwarded-");
}

function portOf(host: string, scheme: string): string {
  const [, port] = /:(\d+)$/.exec(host) ?? [];
  return port ?? (scheme === "https" ? "443" : "80");
}
