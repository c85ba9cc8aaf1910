import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { ReadHeaders } from "../framing/header-map.ts";
import type { Hop } from "../gateway/call/client.ts";

/** Whose word on a client's address is taken. https://nginx.org/en/docs/http/ngx_http_realip_module.html */
export interface TrustOptions {
  /** Addresses and CIDR blocks. */
  readonly trustedIps: readonly string[];
  /** Where a trusted hop writes the client's address. */
  readonly realIpHeader: string;
  /** Whether addresses in that header that are trusted too are passed over, from the right. */
  readonly realIpRecursive: boolean;
}

export interface Origin {
  readonly clientIp: string;
  readonly hop: Hop;
}

/** Tells where a request came from, by the address of its connection and its headers. */
export type FindOrigin = (peerIp: string, headers: ReadHeaders) => Origin;

export function createFindOrigin(options: TrustOptions): FindOrigin {
  const isTrusted = addressMatcher(options.trustedIps);
  const header = options.realIpHeader.toLowerCase();
  return (peer, headers) => {
    const ip = plainAddress(peer);
    if (!isTrusted(ip)) return untrusted(ip);
    const told = headers.get(header);
    const clientIp = told === null ? undefined : clientOf(told, isTrusted, options.realIpRecursive);
    return { clientIp: clientIp ?? ip, hop: { ip, isTrusted: true } };
  };
}

/** Nobody's word is taken: the client is whoever connected. */
export const trustNobody: FindOrigin = (peer) => untrusted(plainAddress(peer));

function untrusted(ip: string): Origin {
  return { clientIp: ip, hop: { ip, isTrusted: false } };
}

/** Whether an address is in one of the blocks. Throws for a block that is none. */
export function addressMatcher(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", bits] = block.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    if (isIPv4(address)) return list.check(address, "ipv4");
    return isIPv6(address) && list.check(address, "ipv6");
  };
}

/** The last address of a list; when recursive, the last that is not trusted, or else the first. */
function clientOf(
  list: string,
  isTrusted: (address: string) => boolean,
  recursive: boolean,
): string | undefined {
  let client: string | undefined;
  for (const entry of list.split(",").reverse()) {
    const address = withoutPort(entry.trim());
    // What stands left of something that is no address was not written by a trusted hop.
    if (address === undefined) return client;
    client = address;
    if (!recursive || !isTrusted(address)) return client;
  }
  return client;
}

function withoutPort(entry: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1];
  const address = plainAddress(bare ?? entry);
  return isIPv4(address) || isIPv6(address) ? address : undefined;
}

const MAPPED = "::ffff:";

/** A listener on `::` sees IPv4 clients under IPv6 names (RFC 4291 §2.5.5.2). */
function plainAddress(address: string): string {
  if (!address.startsWith(MAPPED)) return address;
  const plain = address.slice(MAPPED.length);
  return isIPv4(plain) ? plain : address;
}
