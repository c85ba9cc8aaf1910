import { createHash, timingSafeEqual } from "node:crypto";
import { type AdminAnswer, jsonAnswer } from "./admin-messages.ts";

/** What is kept of the admin token: its SHA-256 in hex. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Set at the start; without it the configuration is changed by the file alone. */
export const ADMIN_TOKEN = "DRAGOMAN_ADMIN_TOKEN";

const CHALLENGE = { "www-authenticate": 'Bearer realm="dragoman"' };

/** Why a request may not do what needs the admin token (RFC 6750 §3); undefined where it may. */
export function tokenRefusal(
  headers: Headers,
  digest: string | undefined,
): AdminAnswer | undefined {
  if (digest === undefined) {
    return jsonAnswer({ message: `Closed; the gateway was started without ${ADMIN_TOKEN}` }, 403);
  }
  if (isFromPage(headers)) return jsonAnswer({ message: "Pages of the web may not ask this" }, 403);
  const [, token = ""] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (isSame(tokenDigest(token), digest)) return undefined;
  const message =
    token === ""
      ? "This needs the admin token: Authorization: Bearer …"
      : "This is not the admin token";
  return { ...jsonAnswer({ message }, 401), headers: CHALLENGE };
}

/** Browsers say which page sent a request that changes something. */
function isFromPage(headers: Headers): boolean {
  const origin = headers.get("origin");
  return origin !== null && origin !== `http://${headers.get("host")}`;
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, "hex"), Buffer.from(other, "hex"));
}
