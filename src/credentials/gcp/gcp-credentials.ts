import { bearerCredential, type TokenSource, type TokenSurroundings } from "../bearer-token.ts";
import type { Credential } from "../credential.ts";
import { fromApplicationDefault } from "./application-default.ts";
import { fromMetadataServer } from "./metadata-server.ts";
import { readServiceAccountKey, serviceAccountToken } from "./service-account.ts";

/** The members of a target's `auth` that this is about. */
export interface GcpAuth {
  readonly gcp_use_service_account?: boolean | undefined;
  readonly gcp_service_account_json?: string | undefined;
  readonly gcp_metadata_url?: string | undefined;
  readonly gcp_oauth_token_url?: string | undefined;
}

/**
 * One for each target. A key file in the configuration, one in GCP_SERVICE_ACCOUNT, the file of
 * Application Default Credentials, the metadata server: the first that is there. With
 * GCP_AUTH_METHOD_ORDER=adc the file of Application Default Credentials goes before the keys; the
 * metadata server is always last, since where a key is configured it must not be asked at all.
 */
export function gcpCredentials(auth: GcpAuth, around: TokenSurroundings): Credential {
  const tokenUrl = auth.gcp_oauth_token_url;
  const configured = auth.gcp_service_account_json;
  const keys = [
    fromKey(() => configured, "auth.gcp_service_account_json", tokenUrl),
    fromKey(({ env }) => env["GCP_SERVICE_ACCOUNT"], "GCP_SERVICE_ACCOUNT", tokenUrl),
  ];
  const adc = fromApplicationDefault(tokenUrl);
  const isAdcFirst = around.env["GCP_AUTH_METHOD_ORDER"]?.toLowerCase() === "adc";
  const ordered = isAdcFirst ? [adc, ...keys] : [...keys, adc];
  const sources = [...ordered, fromMetadataServer(auth.gcp_metadata_url)];
  return bearerCredential("Google Cloud", sources, around);
}

function fromKey(
  text: (around: TokenSurroundings) => string | undefined,
  where: string,
  tokenUrl: string | undefined,
): TokenSource {
  return async (around) => {
    const json = text(around);
    if (!json) return undefined;
    return serviceAccountToken(readServiceAccountKey(json, where), tokenUrl, around.nowMs());
  };
}
