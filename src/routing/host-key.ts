/**
 * Host names as keys. A route's host is its own key (`api.example.com`, `api.example.com:8443`,
 * `*.example.com`, `example.*`); a request's host yields every key it would satisfy, so finding
 * the routes of a host is a handful of map lookups however many there are.
 */
const defaultPorts = { http: "80", https: "443" } as const;

export type Scheme = keyof typeof defaultPorts;

/** Why no request could ever match a route's host, in the words of the reference. */
export function hostProblem(host: string): string | undefined {
  const { name, port } = splitHost(host);
  const isUnreadPort = port === undefined && /^[^:]*:[^:]*$/.test(host);
  if (name === "" || isUnreadPort || /[\s/]/.test(host)) return "invalid hostname";
  const stars = name.split("*").length - 1;
  if (stars > 1) return "invalid wildcard: must have at most one wildcard";
  if (stars === 0 || name === "*" || name.startsWith("*.") || name.endsWith(".*")) return undefined;
  return "invalid wildcard: must be placed at leftmost or rightmost label";
}

export function hasPort(host: string): boolean {
  return splitHost(host).port !== undefined;
}

/** The name that a client asks a TLS server for: that of its URL (RFC 6066 §3, RFC 9110 §7.2). */
export function serverNameOf(host: string): string {
  return splitHost(host.toLowerCase()).name.replace(/\.$/, "");
}

export function plainHostKeys(host: string, scheme: Scheme): readonly string[] {
  const { name, port } = splitHost(host.toLowerCase());
  return [name, `${name}:${port ?? defaultPorts[scheme]}`];
}

export function wildcardHostKeys(host: string, scheme: Scheme): readonly string[] {
  const { name, port } = splitHost(host.toLowerCase());
  const patterns = ["*"];
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
    if (dot > 0) patterns.push(`*${name.slice(dot)}`);
    if (dot < name.length - 1) patterns.push(`${name.slice(0, dot + 1)}*`);
  }
  return patterns.flatMap((pattern) => [pattern, `${pattern}:${port ?? defaultPorts[scheme]}`]);
}

function splitHost(host: string): { readonly name: string; readonly port?: string } {
  const colon = host.indexOf(":", host.startsWith("[") ? host.indexOf("]") : 0);
  if (colon === -1) return { name: host };
  const port = host.slice(colon + 1);
  if (port === "") return { name: host.slice(0, colon) };
  return /^\d+$/.test(port) ? { name: host.slice(0, colon), port } : { name: host };
}
