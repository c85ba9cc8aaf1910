import { readFile } from "node:fs/promises";
import type { BearerToken, TokenSource, TokenSurroundings } from "../bearer-token.ts";
import { requestToken } from "../token-endpoint.ts";
import { type AzureAuth, COGNITIVE_SERVICES } from "./azure-auth.ts";

const TIMEOUT_MS = 10_000;
const AUTHORITY = "https://login.microsoftonline.com";

interface Application {
  readonly clientId: string;
  readonly tenantId: string;
  /** How the application proves that it is itself. */
  readonly proof: Readonly<Record<string, string>>;
}

/**
 * The client-credentials flow of Microsoft Entra
 * (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
 */
function applicationToken(app: Application, around: TokenSurroundings): Promise<BearerToken> {
  const authority = (around.env["AZURE_AUTHORITY_HOST"] || AUTHORITY).replace(/\/+$/, "");
  return requestToken({
    url: `${authority}/${encodeURIComponent(app.tenantId)}/oauth2/v2.0/token`,
    form: {
      grant_type: "client_credentials",
      client_id: app.clientId,
      scope: `${COGNITIVE_SERVICES}/.default`,
      ...app.proof,
    },
    secrets: Object.values(app.proof),
    timeoutMs: TIMEOUT_MS,
    where: `Microsoft Entra, asked for ${app.clientId},`,
    nowMs: around.nowMs(),
  });
}

/** A service principal, where its secret is configured. */
export function fromClientSecret(auth: AzureAuth): TokenSource {
  return async (around) => {
    const { azure_client_id: clientId, azure_client_secret: secret } = auth;
    if (!secret) return undefined;
    const tenantId = auth.azure_tenant_id || around.env["AZURE_TENANT_ID"];
    if (!clientId || !tenantId) {
      throw new Error("azure_client_secret needs azure_client_id and azure_tenant_id beside it");
    }
    return applicationToken({ clientId, tenantId, proof: { client_secret: secret } }, around);
  };
}

/**
 * A service account of Kubernetes (https://azure.github.io/azure-workload-identity/docs/). The file
 * is read each time: the token in it is replaced.
 */
export function fromWorkloadIdentity(auth: AzureAuth): TokenSource {
  return async (around) => {
    const { env } = around;
    const file = env["AZURE_FEDERATED_TOKEN_FILE"];
    if (!file) return undefined;
    const clientId = auth.azure_client_id || env["AZURE_CLIENT_ID"];
    const tenantId = auth.azure_tenant_id || env["AZURE_TENANT_ID"];
    if (!clientId || !tenantId) {
      throw new Error(
        "AZURE_FEDERATED_TOKEN_FILE needs AZURE_CLIENT_ID and AZURE_TENANT_ID beside it",
      );
    }
    const proof = {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await federatedToken(file),
    };
    return applicationToken({ clientId, tenantId, proof }, around);
  };
}

async function federatedToken(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${cause.code ?? "unknown cause"})`);
  });
  const token = text.trim();
  if (token === "") throw new Error(`${file} holds no token`);
  return token;
}
