import type { TokenSource } from "../bearer-token.ts";
import { requestToken } from "../token-endpoint.ts";
import { CLOUD_PLATFORM } from "./service-account.ts";

const TIMEOUT_MS = 3000;
const PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/**
 * The service account of the machine, or of the pod by GKE's workload identity
 * (https://cloud.google.com/compute/docs/access/authenticate-workloads). `configured` is an origin,
 * or the whole URL of the token.
 */
export function fromMetadataServer(configured: string | undefined): TokenSource {
  return async ({ env, nowMs }) => {
    const host = env["GCE_METADATA_HOST"] || env["GCE_METADATA_IP"] || "metadata.google.internal";
    const url = new URL(configured || `http://${host}`);
    if (url.pathname === "/") url.pathname = PATH;
    if (!url.searchParams.has("scopes")) url.searchParams.set("scopes", CLOUD_PLATFORM);
    return requestToken({
      url: url.href,
      headers: { "metadata-flavor": "Google" },
      timeoutMs: TIMEOUT_MS,
      where: `the metadata server ${url.host}`,
      nowMs: nowMs(),
    });
  };
}
