import {
  type BearerToken,
  bearerCredential,
  type Credential,
  type Source,
  type Surroundings,
} from "../credential.ts";
import { requestToken } from "../credential-endpoint.ts";
import { fromApplicationDefault } from "./application-default.ts";
import { CLOUD_PLATFORM, readServiceAccountKey, serviceAccountToken } from "./service-account.ts";

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
export function gcpCredentials(auth: GcpAuth, around: Surroundings): Credential {
  const tokenUrl = auth.gcp_oauth_token_url;
  const configured = auth.gcp_service_account_json;
  const keys = [
    fromKey(configured, "auth.gcp_service_account_json", tokenUrl, around),
    fromKey(around.env["GCP_SERVICE_ACCOUNT"], "GCP_SERVICE_ACCOUNT", tokenUrl, around),
  ];
  const adc = fromApplicationDefault(tokenUrl, around);
  const isAdcFirst = around.env["GCP_AUTH_METHOD_ORDER"]?.toLowerCase() === "adc";
  const ordered = isAdcFirst ? [adc, ...keys] : [...keys, adc];
  const sources = [...ordered, fromMetadataServer(auth.gcp_metadata_url, around)];
  return bearerCredential("Google Cloud", sources, around);
}

function fromKey(
  json: string | undefined,
  where: string,
  tokenUrl: string | undefined,
  { nowMs }: Surroundings,
): Source<BearerToken> {
  return async () => {
    if (!json) return undefined;
    return serviceAccountToken(readServiceAccountKey(json, where), tokenUrl, nowMs());
  };
}

const METADATA_TIMEOUT_MS = 3000;
const METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/**
 * The service account of the machine, or of the pod by GKE's workload identity
 * (https://cloud.google.com/compute/docs/access/authenticate-workloads). `configured` is an origin,
 * or the whole URL of the token.
 */
function fromMetadataServer(
  configured: string | undefined,
  { env, nowMs }: Surroundings,
): Source<BearerToken> {
  return async () => {
    const host = env["GCE_METADATA_HOST"] || env["GCE_METADATA_IP"] || "metadata.google.internal";
    const url = new URL(configured || `http://${host}`);
    if (url.pathname === "/") url.pathname = METADATA_PATH;
    if (!url.searchParams.has("scopes")) url.searchParams.set("scopes", CLOUD_PLATFORM);
    return requestToken({
      url: url.href,
      headers: { "metadata-flavor": "Google" },
      timeoutMs: METADATA_TIMEOUT_MS,
      where: `the metadata server ${url.host}`,
      nowMs: nowMs(),
    });
  };
}
