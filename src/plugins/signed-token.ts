import type { KeyObject } from "node:crypto";
import { JOSEError } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";
import { isJsonObject, type JsonObject, parseJson } from "../chat/json.ts";

/** Signatures of RFC 7518 §3.1 and RFC 8037 §3.1; `none` is no signature. */
export const SIGNATURE_ALGORITHMS = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "EdDSA",
] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Whether both sides have the same secret. */
export function isSymmetric(algorithm: SignatureAlgorithm): boolean {
  return algorithm.startsWith("HS");
}

/** A JSON Web Token (RFC 7519) as it says of itself: nothing is proved yet. */
export interface SignedToken {
  readonly text: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly algorithm: SignatureAlgorithm;
}

/** What a text lacks to be a token, in the words of the reference. */
export type TokenFault = "invalid JSON" | "invalid alg" | "invalid claims" | "invalid signature";

export function readToken(text: string): SignedToken | TokenFault {
  const [head = "", body = "", signature = "", ...rest] = text.split(".", 4);
  if (rest.length > 0) return "invalid JSON";
  const header = decoded(head);
  const claims = decoded(body);
  if (header === undefined || claims === undefined) return "invalid JSON";
  const algorithm = isJsonObject(header) ? algorithmCalled(header["alg"]) : undefined;
  if (!isJsonObject(header) || algorithm === undefined) return "invalid alg";
  if (!isJsonObject(claims)) return "invalid claims";
  if (signature === "") return "invalid signature";
  return { text, header, claims, algorithm };
}

/** Undefined for what is not JSON in base64url (RFC 7515 §2). */
function decoded(part: string): unknown {
  try {
    const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function algorithmCalled(name: unknown): SignatureAlgorithm | undefined {
  return SIGNATURE_ALGORITHMS.find((known) => known === name);
}

/** A header's or a claim's own value: what every object inherits is none. */
export function member(object: JsonObject, name: string): JsonObject[string] {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether the token is signed with this key, by the algorithm that whoever holds the key said: never by what the token says alone. */
export async function isSignedBy(
  { text }: SignedToken,
  algorithm: SignatureAlgorithm,
  key: KeyObject | Uint8Array,
): Promise<boolean> {
  try {
    await compactVerify(text, key, { algorithms: [algorithm] });
    return true;
  } catch (cause) {
    if (cause instanceof JOSEError) return false;
    throw cause;
  }
}
