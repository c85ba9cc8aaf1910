import type { Call } from "../call/call.ts";

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
