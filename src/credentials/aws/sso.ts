import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AwsCredentials, AwsSurroundings } from "./credentials.ts";
import { fetchJson } from "./fetch-text.ts";
import { domainOf } from "./region.ts";

const TIMEOUT_MS = 5000;

export interface SsoLogin {
  /** The session's name, or the start URL of an older profile: what the token's file is named for. */
  readonly cacheKey: string;
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/**
 * IAM Identity Center, with the token that `aws sso login` left
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html).
 */
export async function fromSso(login: SsoLogin, around: AwsSurroundings): Promise<AwsCredentials> {
  const token = await cachedToken(login, around);
  const query = new URLSearchParams({
    role_name: login.roleName,
    account_id: login.accountId,
  });
  const origin =
    around.env["AWS_ENDPOINT_URL_SSO"] ||
    `https://portal.sso.${login.region}.${domainOf(login.region)}`;
  const where = "IAM Identity Center";
  const headers = { "x-amz-sso_bearer_token": token };
  const url = `${origin}/federation/credentials?${query}`;
  const body = await fetchJson(url, { headers, timeoutMs: TIMEOUT_MS }, where);
  const inner = member(body, "roleCredentials");
  const id = member(inner, "accessKeyId");
  const secret = member(inner, "secretAccessKey");
  const session = member(inner, "sessionToken");
  const end = member(inner, "expiration");
  if (typeof id !== "string" || typeof secret !== "string" || typeof session !== "string") {
    throw new Error(`${where} answered without AWS credentials`);
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    sessionToken: session,
    ...(typeof end === "number" && { expiresAtMs: end }),
  };
}

async function cachedToken({ cacheKey }: SsoLogin, around: AwsSurroundings): Promise<string> {
  const name = createHash("sha1").update(cacheKey).digest("hex");
  const home = around.env["HOME"] ?? around.env["USERPROFILE"] ?? "";
  const file = join(home, ".aws", "sso", "cache", `${name}.json`);
  const login = "run `aws sso login` on this machine";
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`there is no token of IAM Identity Center at ${file}: ${login}`);
  });
  const cached: unknown = JSON.parse(text);
  const token = member(cached, "accessToken");
  const end = member(cached, "expiresAt");
  if (typeof token !== "string" || typeof end !== "string" || Date.parse(end) <= around.nowMs()) {
    throw new Error(`the token of IAM Identity Center at ${file} has ended: ${login}`);
  }
  return token;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
