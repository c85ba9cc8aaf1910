import type { TokenSource, TokenSurroundings } from "../bearer-token.ts";
import { requestToken } from "../token-endpoint.ts";
import { type AzureAuth, COGNITIVE_SERVICES } from "./azure-auth.ts";

const TIMEOUT_MS = 3000;
const METADATA_ORIGIN = "http://169.254.169.254";

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
export function fromAppService({ azure_client_id: clientId }: AzureAuth): TokenSource {
  return async (around) => {
    const endpoint = around.env["IDENTITY_ENDPOINT"];
    const secret = around.env["IDENTITY_HEADER"];
    if (!endpoint) return undefined;
    if (!secret) {
      throw new Error(
        "IDENTITY_ENDPOINT without IDENTITY_HEADER is Azure Arc's, whose identities are not supported",
      );
    }
    if (around.env["IDENTITY_SERVER_THUMBPRINT"]) {
      throw new Error("the identities of Service Fabric are not supported");
    }
    const headers = { "x-identity-header": secret };
    const query = identityQuery("2019-08-01", clientId);
    return ask({ url: `${endpoint}?${query}`, headers, where: "App Service's identity" }, around);
  };
}

/** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
export function fromInstanceMetadata({ azure_client_id: clientId }: AzureAuth): TokenSource {
  return async (around) => {
    const origin = around.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] || METADATA_ORIGIN;
    const path = `${origin.replace(/\/+$/, "")}/metadata/identity/oauth2/token`;
    const query = identityQuery("2018-02-01", clientId);
    const where = "the instance's metadata service";
    return ask({ url: `${path}?${query}`, headers: { metadata: "true" }, where }, around);
  };
}

/** A machine may have several identities; the client's id says which, its own where none is said. */
function identityQuery(version: string, clientId: string | undefined): URLSearchParams {
  return new URLSearchParams({
    "api-version": version,
    resource: COGNITIVE_SERVICES,
    ...(clientId && { client_id: clientId }),
  });
}

interface IdentityRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly where: string;
}

function ask(request: IdentityRequest, { nowMs }: TokenSurroundings) {
  const secrets = Object.values(request.headers).filter((value) => value !== "true");
  return requestToken({ ...request, secrets, timeoutMs: TIMEOUT_MS, nowMs: nowMs() });
}
