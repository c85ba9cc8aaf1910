/** An address or a name, and perhaps a port; of an http URL it is never empty (RFC 9110 §4.2.1). */
const HOST = /^(?:\[[\w:.%]+\]|[\w.-]+)(?::\d{0,5})?$/;

/** Whether a `Host` is one; a server refuses any other (RFC 9112 §3.2). */
export function isHost(host: string): boolean {
  return HOST.test(host);
}

/**
 * Whether a `Host` can only mean this machine or its network: an address, or a name without a dot,
 * which nobody can register. A page on the web can make a browser send requests to a loopback
 * address under a name of its own (DNS rebinding), and read the answers.
 */
export function isLocalHost(host: string | null): boolean {
  // Browsers always send one.
  if (host === null) return true;
  const name = nameOf(host);
  return !name.includes(".") || ADDRESS.test(name) || name.toLowerCase().endsWith(".localhost");
}

/** No name that can be registered looks like one; `isIP` would cost the admin thread half its start. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f.]*:[\da-f:.]*)$/i;

function nameOf(host: string): string {
  if (host.startsWith("[")) return host.slice(1, host.indexOf("]"));
  const colon = host.indexOf(":");
  return (colon < 0 ? host : host.slice(0, colon)).replace(/\.$/, "");
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname.startsWith("127.");
}
