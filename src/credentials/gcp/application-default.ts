import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { BearerToken, Source, Surroundings } from "../credential.ts";
import { objectOf, requestToken } from "../token-endpoint.ts";
import { externalAccountToken } from "./external-account.ts";
import {
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
