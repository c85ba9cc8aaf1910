import {
  JOSEError,
  JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey,
  JWSSignatureVerificationFailed,
} from "jose/errors";
import { type JWTVerifyOptions, jwtVerify } from "jose/jwt/verify";
import type { JsonObject } from "../../chat/json.ts";
import { isSymmetric, readToken, type SignedToken } from "../signed-token.ts";
import type { IssuerKeys, issuerKeys } from "./issuer-keys.ts";

export interface Verification {
  readonly keys: ReturnType<typeof issuerKeys>;
  /** What `iss` may be; the issuer that the keys are of unless said. */
  readonly issuers: readonly string[] | undefined;
  readonly leewayS: number;
}

/** A token's claims, or why they are not to be believed. */
export type Verified =
  | { readonly claims: JsonObject }
  | { readonly fault: string; readonly keyIsUnknown: boolean };

/**
 * Whether the issuer has signed a token that holds now: its key by `kid`, never by anything else that
 * the token says, and by a signature that only the issuer can make. Throws `unavailable`.
 */
export async function verify(text: string, { keys, ...rules }: Verification): Promise<Verified> {
  const token = readToken(text);
  if (typeof token === "string") return { fault: `bad token; ${token}`, keyIsUnknown: false };
  // The keys of an issuer are public: whoever knows them could make such a signature.
  if (isSymmetric(token.algorithm)) return { fault: "invalid algorithm", keyIsUnknown: false };
  const held = await keys.now();
  const verdict = await judged(token, held, rules);
  if ("claims" in verdict || !verdict.keyIsUnknown) return verdict;
  const newer = await keys.newerThan(held);
  return newer === held ? verdict : judged(token, newer, rules);
}

async function judged(
  token: SignedToken,
  held: IssuerKeys,
  { issuers, leewayS }: Omit<Verification, "keys">,
): Promise<Verified> {
  const options: JWTVerifyOptions = {
    issuer: [...(issuers ?? [held.issuer])],
    algorithms: [token.algorithm],
    requiredClaims: ["exp"],
    clockTolerance: leewayS,
  };
  let verdict: Verified = { fault: "no key of the issuer fits", keyIsUnknown: true };
  for (const set of held.sets) {
    verdict = await judgedBy(token, set, options);
    if ("claims" in verdict) return verdict;
  }
  return verdict;
}

async function judgedBy(
  token: SignedToken,
  set: IssuerKeys["sets"][number],
  options: JWTVerifyOptions,
): Promise<Verified> {
  try {
    await jwtVerify(token.text, set, options);
    return { claims: token.claims };
  } catch (cause) {
    if (cause instanceof JWKSMultipleMatchingKeys) return judgedByEach(token, cause, options);
    return faultOf(token, cause);
  }
}

/** A token that does not say which key it is signed with may be signed with any that fits. */
async function judgedByEach(
  token: SignedToken,
  keys: JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<Verified> {
  let verdict: Verified = { fault: "no key of the issuer fits", keyIsUnknown: true };
  for await (const key of keys) {
    try {
      await jwtVerify(token.text, key, options);
      return { claims: token.claims };
    } catch (cause) {
      verdict = faultOf(token, cause);
      if (!verdict.keyIsUnknown) return verdict;
    }
  }
  return verdict;
}

function faultOf({ header }: SignedToken, cause: unknown) {
  if (!(cause instanceof JOSEError)) throw cause;
  const isUnknown = cause instanceof JWKSNoMatchingKey;
  // Without `kid` a key that the issuer has put in its place cannot be told from a forgery.
  const mayBeNew = cause instanceof JWSSignatureVerificationFailed && header["kid"] === undefined;
  return { fault: cause.message, keyIsUnknown: isUnknown || mayBeNew };
}
