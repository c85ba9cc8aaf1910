import { fetchText } from "../aws/fetch-text.ts";
import type { BearerToken } from "../bearer-token.ts";
import { objectOf, reasonOf } from "../token-endpoint.ts";
import { CLOUD_PLATFORM, TOKEN_TIMEOUT_MS } from "./service-account.ts";

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
