/** A URL in the parts that a connection and a request need. */
export interface TargetUrl {
  /** Names the connections that may carry it. */
  readonly origin: string;
  readonly isTls: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** As the `Host` header has it. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/** Most targets have one URL, or a handful. */
const MAX_KNOWN = 1_000;
const known = new Map<string, TargetUrl>();

/** Throws `TypeError` for what is no `http:` or `https:` URL, or holds credentials. */
export function targetUrl(text: string): TargetUrl {
  const before = known.get(text);
  if (before) return before;
  const { protocol, hostname, port, host, pathname, search, username, password, origin } = new URL(
    text,
  );
  const isTls = protocol === "https:";
  if (!isTls && protocol !== "http:") throw new TypeError(`no http: or https: URL: ${protocol}`);
  if (username !== "" || password !== "") throw new TypeError("credentials in a URL");
  const url = {
    origin,
    isTls,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (isTls ? 443 : 80) : Number(port),
    host,
    path: pathname + search,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, url);
  return url;
}
