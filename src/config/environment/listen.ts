/** One address of a listener: `0.0.0.0:8443 http2 ssl`. */
export interface Listen {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly http2: boolean;
}

/** Switches of nginx's `listen` that tune a socket and change no answer. */
const TUNING =
  /^(?:reuseport|deferred|bind|default_server|backlog=\d+|so_keepalive=\S+|ipv6only=\S+)$/;
const ADDRESS = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i;

/** `off` is an empty list. A fault is a sentence. */
export function parseListen(text: string): readonly Listen[] | { readonly fault: string } {
  if (text.trim().toLowerCase() === "off") return [];
  const listens: Listen[] = [];
  for (const part of text.split(",")) {
    const [address = "", ...switches] = part.trim().split(/\s+/);
    if (address.startsWith("unix:"))
      return { fault: "listening on a Unix socket is not built yet" };
    const [, host = "", port = ""] = ADDRESS.exec(address) ?? [];
    if (host === "" || Number(port) > 65_535) {
      return { fault: `'${address}' is not of the form host:port` };
    }
    let tls = false;
    let http2 = false;
    for (const one of switches) {
      if (one === "ssl") tls = true;
      else if (one === "http2") http2 = true;
      else if (one === "proxy_protocol") return { fault: "proxy_protocol is not built yet" };
      else if (!TUNING.test(one)) return { fault: `'${one}' is no switch of a listener` };
    }
    listens.push({ host, port: Number(port), tls, http2 });
  }
  return listens;
}
