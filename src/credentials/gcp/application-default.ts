import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { BearerToken, Source, Surroundings } from "../credential.ts";
import { fetchText, objectOf, requestToken } from "../credential-endpoint.ts";
import {
  CLOUD_PLATFORM,
  GOOGLE_TOKEN_URL,
  impersonatedToken,
  serviceAccountKey,
  serviceAccountToken,
  TOKEN_TIMEOUT_MS,
} from "./service-account.ts";

/**
 * The file of Application Default Credentials: the one that GOOGLE_APPLICATION_CREDENTIALS names, or
 * the one that `gcloud auth application-default login` writes
 * (https://cloud.google.com/docs/authentication/application-default-credentials). It is read each
 * time, since it may be replaced.
 */
export function fromApplicationDefault(
  tokenUrl: string | undefined,
  around: Surroundings,
): Source<BearerToken> {
  return async () => {
    const named = around.env["GOOGLE_APPLICATION_CREDENTIALS"];
    const path = named || wellKnownFile(around);
    if (path === undefined) return undefined;
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (!named && cause.code === "ENOENT") return undefined;
      throw new Error(`${path} cannot be read (${cause.code ?? "unknown cause"})`);
    });
    if (text === undefined) return undefined;
    const wire = objectOf(text);
    if (!wire) throw new Error(`${path} is not the JSON of credentials`);
    return tokenOf(wire, { path, tokenUrl, around });
  };
}

function wellKnownFile({ env }: Surroundings): string | undefined {
  const file = "application_default_credentials.json";
  if (env["CLOUDSDK_CONFIG"]) return join(env["CLOUDSDK_CONFIG"], file);
  if (env["APPDATA"]) return join(env["APPDATA"], "gcloud", file);
  return env["HOME"] ? join(env["HOME"], ".config", "gcloud", file) : undefined;
}

interface Context {
  readonly path: string;
  readonly tokenUrl: string | undefined;
  readonly around: Surroundings;
}

async function tokenOf(wire: JsonObject, context: Context): Promise<BearerToken> {
  const { path, tokenUrl, around } = context;
  switch (wire["type"]) {
    case "service_account":
      return serviceAccountToken(serviceAccountKey(wire, path), tokenUrl, around.nowMs());
    case "authorized_user":
      return withQuotaProject(await userToken(wire, context), wire);
    case "external_account":
      return withQuotaProject(await externalAccountToken(wire, path, around), wire);
    case "impersonated_service_account": {
      const source = wire["source_credentials"];
      if (!isJsonObject(source)) throw new Error(`${path} has no source_credentials`);
      const base = await tokenOf(source, context);
      return impersonatedToken(wire["service_account_impersonation_url"], base.token, path);
    }
  }
  throw new Error(`${path} holds credentials of a kind that is not supported`);
}

/** Calls of a user, or of a foreign identity, are counted against a project that they must name. */
function withQuotaProject(token: BearerToken, wire: JsonObject): BearerToken {
  const project = wire["quota_project_id"];
  if (typeof project !== "string" || project === "") return token;
  return { ...token, headers: { "x-goog-user-project": project } };
}

/** RFC 6749 §6. */
function userToken(wire: JsonObject, { path, tokenUrl, around }: Context): Promise<BearerToken> {
  const { client_id: id, client_secret: secret, refresh_token: refresh } = wire;
  if (typeof id !== "string" || typeof secret !== "string" || typeof refresh !== "string") {
    throw new Error(`${path} has no client_id, client_secret and refresh_token`);
  }
  return requestToken({
    url: tokenUrl || GOOGLE_TOKEN_URL,
    form: {
      grant_type: "refresh_token",
      client_id: id,
      client_secret: secret,
      refresh_token: refresh,
    },
    secrets: [secret, refresh],
    timeoutMs: TOKEN_TIMEOUT_MS,
    where: `the token endpoint, asked for the user of ${path},`,
    nowMs: around.nowMs(),
  });
}

const STS_URL = "https://sts.googleapis.com/v1/token";

/**
 * Workload identity federation: another provider's token is exchanged for Google's (RFC 8693), and
 * that for a service account's where one is named (https://google.aip.dev/auth/4117). The foreign
 * token comes from a file or a URL.
 */
async function externalAccountToken(
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
