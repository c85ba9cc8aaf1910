import { readFile } from "node:fs/promises";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { BearerToken, Surroundings } from "../credential.ts";
import { fetchText } from "../fetch-text.ts";
import { objectOf, requestToken } from "../token-endpoint.ts";
import { CLOUD_PLATFORM, impersonatedToken, TOKEN_TIMEOUT_MS } from "./service-account.ts";

const STS_URL = "https://sts.googleapis.com/v1/token";

/**
 * Workload identity federation: another provider's token is exchanged for Google's (RFC 8693), and
 * that for a service account's where one is named (https://google.aip.dev/auth/4117). The foreign
 * token comes from a file or a URL.
 */
export async function externalAccountToken(
  wire: JsonObject,
  path: string,
  around: Surroundings,
): Promise<BearerToken> {
  const { audience, subject_token_type: type, token_url: url } = wire;
  if (typeof audience !== "string" || typeof type !== "string") {
    throw new Error(`${path} has no audience and subject_token_type`);
  }
  const subject = await subjectToken(wire["credential_source"], path);
  const federated = await requestToken({
    url: typeof url === "string" && url !== "" ? url : STS_URL,
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience,
      scope: CLOUD_PLATFORM,
      subject_token: subject,
      subject_token_type: type,
    },
    secrets: [subject],
    timeoutMs: TOKEN_TIMEOUT_MS,
    where: `the token exchange of ${path}`,
    nowMs: around.nowMs(),
  });
  const lender = wire["service_account_impersonation_url"];
  return lender ? impersonatedToken(lender, federated.token, path) : federated;
}

async function subjectToken(source: unknown, path: string): Promise<string> {
  const wire = isJsonObject(source) ? source : {};
  const { file, url, environment_id: environment } = wire;
  if (typeof file === "string") {
    return subjectOf(await readFile(file, "utf8"), wire["format"], `the file ${file}`);
  }
  if (typeof url === "string" && environment === undefined) {
    const headers = stringsOf(wire["headers"]);
    const { status, text } = await fetchText(url, { headers, timeoutMs: TOKEN_TIMEOUT_MS });
    const where = `the credential source of ${path}`;
    if (status !== 200) throw new Error(`${where} answered with status ${status}`);
    return subjectOf(text, wire["format"], where);
  }
  throw new Error(
    `${path} takes its token from a source that is not supported: a file or a URL is`,
  );
}

function subjectOf(text: string, format: unknown, where: string): string {
  const { type, subject_token_field_name: field } = isJsonObject(format) ? format : {};
  const token = type === "json" ? objectOf(text)?.[String(field)] : text.trim();
  if (typeof token === "string" && token !== "") return token;
  throw new Error(`${where} holds no token`);
}

function stringsOf(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}
