import type { JsonObject } from "../../chat/json.ts";
import type { BearerToken } from "../credential.ts";
import { fetchText, objectOf, reasonOf, requestToken } from "../credential-endpoint.ts";

export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";
export const GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token";
export const TOKEN_TIMEOUT_MS = 10_000;

/** The longest that Google takes. */
const ASSERTION_SECONDS = 3600;

/** The members of a service account's key file that a token needs. */
export interface ServiceAccountKey {
  readonly email: string;
  readonly privateKey: string;
  readonly keyId: string | undefined;
  readonly tokenUrl: string;
}

/** `where` names the source in errors; the text itself never stands in them. */
export function readServiceAccountKey(text: string, where: string): ServiceAccountKey {
  const wire = objectOf(text);
  if (!wire) throw new Error(`${where} is not the JSON of a key file`);
  return serviceAccountKey(wire, where);
}

export function serviceAccountKey(wire: JsonObject, where: string): ServiceAccountKey {
  const { client_email: email, private_key: key, private_key_id: keyId, token_uri: url } = wire;
  if (typeof email !== "string" || typeof key !== "string") {
    throw new Error(`${where} has no client_email and private_key`);
  }
  return {
    email,
    // A key that came through an environment variable may have its line ends spelt out.
    privateKey: key.replaceAll("\\n", "\n"),
    keyId: typeof keyId === "string" ? keyId : undefined,
    tokenUrl: typeof url === "string" && url !== "" ? url : GOOGLE_TOKEN_URL,
  };
}

/**
 * A token for a signed assertion (RFC 7523 §2.1). The assertion names Google's endpoint as its
 * audience even where another is asked
 * (https://developers.google.com/identity/protocols/oauth2/service-account).
 */
export async function serviceAccountToken(
  key: ServiceAccountKey,
  tokenUrl: string | undefined,
  nowMs: number,
): Promise<BearerToken> {
  const assertion = await signedAssertion(key, nowMs);
  return requestToken({
    url: tokenUrl || key.tokenUrl,
    form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion },
    secrets: [assertion],
    timeoutMs: TOKEN_TIMEOUT_MS,
    where: `the token endpoint, asked for ${key.email},`,
    nowMs,
  });
}

async function signedAssertion(key: ServiceAccountKey, nowMs: number): Promise<string> {
  const seconds = Math.floor(nowMs / 1000);
  const header = { alg: "RS256", typ: "JWT", ...(key.keyId && { kid: key.keyId }) };
  const claims = {
    iss: key.email,
    scope: CLOUD_PLATFORM,
    aud: key.tokenUrl,
    iat: seconds,
    exp: seconds + ASSERTION_SECONDS,
  };
  const signed = `${base64Url(JSON.stringify(header))}.${base64Url(JSON.stringify(claims))}`;
  const algorithm = "RSASSA-PKCS1-v1_5";
  const privateKey = await importedKey(key, algorithm);
  const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

function base64Url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

const PEM = /^-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END PRIVATE KEY-----\s*$/;

async function importedKey({ privateKey, email }: ServiceAccountKey, name: string) {
  const base64 = PEM.exec(privateKey.trim())?.[1];
  if (base64 === undefined) {
    throw new Error(`the private key of ${email} is not in PEM form (BEGIN PRIVATE KEY)`);
  }
  const der = Buffer.from(base64, "base64");
  try {
    return await crypto.subtle.importKey("pkcs8", der, { name, hash: "SHA-256" }, false, ["sign"]);
  } catch {
    // The cause is left out: it may repeat the key.
    throw new Error(`the private key of ${email} is not an RSA key`);
  }
}

/**
 * A service account's token for the token of one who may act as it
 * (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
 */
export async function impersonatedToken(
  url: unknown,
  token: string,
  path: string,
): Promise<BearerToken> {
  if (typeof url !== "string" || url === "") {
    throw new Error(`${path} has no service_account_impersonation_url`);
  }
  const { status, text } = await fetchText(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ scope: [CLOUD_PLATFORM], lifetime: "3600s" }),
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  const wire = objectOf(text);
  const { accessToken, expireTime } = wire ?? {};
  if (status !== 200 || typeof accessToken !== "string") {
    const reason = reasonOf(wire, [token]);
    throw new Error(`the service account of ${path} is not lent (status ${status})${reason}`);
  }
  const expiresAtMs = typeof expireTime === "string" ? Date.parse(expireTime) : Number.NaN;
  return { token: accessToken, ...(!Number.isNaN(expiresAtMs) && { expiresAtMs }) };
}
