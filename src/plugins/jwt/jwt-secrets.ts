import { createPublicKey, type KeyObject } from "node:crypto";
import type { Consumer } from "../../routing/entities.ts";
import type { CredentialEntity, PluginContext } from "../define-plugin.ts";
import { isSymmetric, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "../signed-token.ts";

/** What tokens of a consumer are signed with. */
export interface JwtSecret {
  readonly credentialId: string;
  /** The value of the claim that names it. */
  readonly key: string;
  readonly consumer: Consumer;
  readonly algorithm: SignatureAlgorithm;
  /** Text for the algorithms with one secret on both sides. */
  readonly verifies: string | KeyObject;
}

export type JwtSecrets = ReadonlyMap<string, JwtSecret>;

/** Of one generation: all its instances of the plugin know the same secrets. */
const known = new WeakMap<NonNullable<PluginContext["credentials"]>, JwtSecrets>();

/** By the claim that names them. */
export function jwtSecrets(context: SecretHolders): JwtSecrets {
  const { credentials = [] } = context;
  const before = known.get(credentials);
  if (before) return before;
  const secrets = secretsOf(context);
  known.set(credentials, secrets);
  return secrets;
}

type SecretHolders = Pick<PluginContext, "consumers" | "credentials">;

function secretsOf({ consumers, credentials = [] }: SecretHolders): JwtSecrets {
  const byId = new Map(consumers?.map((consumer) => [consumer.id, consumer]));
  const secrets = new Map<string, JwtSecret>();
  for (const credential of credentials) {
    const consumer = byId.get(credential.consumerId);
    const { key } = credential.fields;
    if (credential.type !== "jwt_secrets" || !consumer || typeof key !== "string") continue;
    const verifying = verifyingWith(credential);
    if (verifying) secrets.set(key, { credentialId: credential.id, key, consumer, ...verifying });
  }
  return secrets;
}

function verifyingWith({ fields }: CredentialEntity) {
  const algorithm = SIGNATURE_ALGORITHMS.find((one) => one === fields["algorithm"]);
  if (algorithm === undefined) return undefined;
  const written = fields[isSymmetric(algorithm) ? "secret" : "rsa_public_key"];
  if (typeof written !== "string") return undefined;
  const verifies = isSymmetric(algorithm) ? written : publicKey(written);
  return verifies && { algorithm, verifies };
}

/** Undefined for a text that is no key. */
function publicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** What is wrong with a secret that is to verify tokens. */
export function secretFault(secret: string | undefined): string | undefined {
  return secret === undefined ? "required field missing" : undefined;
}

/** What is wrong with a public key that is to verify tokens of this algorithm. */
export function pemFault(
  pem: string | undefined,
  algorithm: SignatureAlgorithm,
): string | undefined {
  if (pem === undefined) return "required field missing";
  const key = publicKey(pem);
  const wanted = KEYS[algorithm.slice(0, 2) === "ES" ? algorithm : algorithm.slice(0, 2)];
  return key && wanted?.fits(key) ? undefined : `invalid key: expected ${wanted?.about}, in PEM`;
}

interface KeyKind {
  readonly about: string;
  readonly fits: (key: KeyObject) => boolean;
}

/** Shorter ones are not to be used (RFC 7518 §3.3, §3.5). */
const MIN_RSA_BITS = 2048;

const rsa: KeyKind = {
  about: `a public RSA key of at least ${MIN_RSA_BITS} bits`,
  fits: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS,
};

function onCurve(name: string, curve: string): KeyKind {
  return {
    about: `a public key on the curve ${name}`,
    fits: ({ asymmetricKeyDetails }) => asymmetricKeyDetails?.namedCurve === curve,
  };
}

/** By the algorithm, or what it begins with. */
const KEYS: Readonly<Record<string, KeyKind>> = {
  RS: rsa,
  PS: rsa,
  ES256: onCurve("P-256", "prime256v1"),
  ES384: onCurve("P-384", "secp384r1"),
  ES512: onCurve("P-521", "secp521r1"),
  Ed: {
    about: "a public Ed25519 key",
    fits: ({ asymmetricKeyType }) => asymmetricKeyType === "ed25519",
  },
};
