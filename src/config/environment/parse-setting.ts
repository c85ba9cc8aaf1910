import { isIPv4, isIPv6 } from "node:net";
import { LOG_LEVELS, type LogLevel } from "../../gateway/call/operator-log.ts";
import type { Workers } from "../config.ts";
import { MAX_WORKERS } from "../schemas/root.ts";

/** A setting as it is understood; or a sentence that says why it is not. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

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

/** `off` is an empty list. */
export function parseListen(text: string): Parsed<readonly Listen[]> {
  if (text.trim().toLowerCase() === "off") return { value: [] };
  const listens: Listen[] = [];
  for (const part of text.split(",")) {
    const [address = "", ...switches] = part.trim().split(/\s+/);
    if (address.startsWith("unix:")) {
      return { fault: "listening on a Unix socket is not built yet" };
    }
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
  return { value: listens };
}

/** nginx's sizes: bytes, or with `k`, `m`, `g`. */
export function parseSize(text: string): Parsed<number> {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return { fault: `'${text}' is no size; write it as 0, 512k, 8m or 1g` };
  const power = ["", "k", "m", "g"].indexOf(unit.toLowerCase());
  return { value: Number(digits) * 1024 ** power };
}

const TOKEN = /^[\x21-\x7e]{16,512}$/;

/** What opens something to whoever has it; the fault shows nothing of it. */
export function parseToken(text: string): Parsed<string> {
  if (TOKEN.test(text)) return { value: text };
  return {
    fault: "a token has 16 to 512 characters without blanks; `openssl rand -hex 32` prints one",
  };
}

export function parseWorkers(text: string): Parsed<Workers> {
  const word = text.trim().toLowerCase();
  if (word === "auto") return { value: word };
  const count = Number(word);
  if (/^\d+$/.test(word) && count >= 1 && count <= MAX_WORKERS) return { value: count };
  return { fault: `'${text}' is no number of workers; write auto, or 1 to ${MAX_WORKERS}` };
}

export function parseLogLevel(text: string): Parsed<LogLevel> {
  const level = LOG_LEVELS.find((one) => one === text.trim().toLowerCase());
  return level === undefined
    ? { fault: `expected one of: ${LOG_LEVELS.join(", ")}` }
    : { value: level };
}

const INJECTED_HEADERS = [
  "server_tokens",
  "latency_tokens",
  "X-Kong-Upstream-Status",
  "X-Kong-Proxy-Latency",
  "X-Kong-Upstream-Latency",
  "X-Kong-Response-Latency",
  "X-Kong-Admin-Latency",
  "X-Kong-Total-Latency",
  "X-Kong-Third-Party-Latency",
  "X-Kong-Client-Latency",
  "X-Kong-Request-Id",
  "Server",
  "Via",
] as const;

export function parseHeaders(text: string): Parsed<readonly string[]> {
  const names = splitList(text);
  if (names.length === 1 && names[0]?.toLowerCase() === "off") return { value: [] };
  const known = names.map((name) =>
    INJECTED_HEADERS.find((one) => one.toLowerCase() === name.toLowerCase()),
  );
  const wrong = names.find((_, index) => known[index] === undefined);
  if (wrong !== undefined) {
    return { fault: `'${wrong}' is none of: off, ${INJECTED_HEADERS.join(", ")}` };
  }
  return { value: known.flatMap((name) => name ?? []) };
}

export function parseAddresses(text: string): Parsed<readonly string[]> {
  const addresses = splitList(text);
  const wrong = addresses.find((one) => !isBlock(one));
  if (wrong !== undefined) return { fault: `'${wrong}' is no address and no CIDR block` };
  return { value: addresses };
}

function isBlock(text: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIPv4(address)) return Number(bits ?? 32) <= 32;
  return isIPv6(address) && Number(bits ?? 128) <= 128;
}

export function parseHeaderName(text: string): Parsed<string> {
  const name = text.trim();
  if (name === "proxy_protocol") return { fault: "proxy_protocol is not built yet" };
  return /^[\w-]+$/.test(name) ? { value: name } : { fault: `'${name}' is no name of a header` };
}

/** The reference takes one certificate for each kind of key. */
export function parseOne(text: string): Parsed<string> {
  if (splitList(text).length === 1) return { value: text.trim() };
  return { fault: "more than one certificate here is not built yet; list them as certificates" };
}

export function parseSwitch(text: string): Parsed<boolean> {
  const word = text.trim().toLowerCase();
  if (["on", "true", "yes", "1"].includes(word)) return { value: true };
  if (["off", "false", "no", "0"].includes(word)) return { value: false };
  return { fault: "expected one of: on, off" };
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
