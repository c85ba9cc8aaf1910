import { readFile } from "node:fs/promises";
import {
  type BearerToken,
  bearerCredential,
  type Credential,
  type Source,
  type Surroundings,
} from "./credential.ts";
import { requestToken } from "./credential-endpoint.ts";

/** The members of a target's `auth` that this is about. */
export interface AzureAuth {
  readonly header_name?: string | undefined;
  readonly header_value?: string | undefined;
  readonly azure_use_managed_identity?: boolean | undefined;
  readonly azure_client_id?: string | undefined;
  readonly azure_client_secret?: string | undefined;
  readonly azure_tenant_id?: string | undefined;
}

/** A key in a header takes the place of a service principal, unless an identity is asked for. */
export function usesAzureIdentity(auth: AzureAuth): boolean {
  if (auth.azure_use_managed_identity) return true;
  return Boolean(auth.azure_client_secret) && !(auth.header_name && auth.header_value);
}

/** What tokens are for: https://learn.microsoft.com/azure/ai-services/authentication */
const COGNITIVE_SERVICES = "https://cognitiveservices.azure.com";
const AUTHORITY = "https://login.microsoftonline.com";
const METADATA_ORIGIN = "http://169.254.169.254";
const ENTRA_TIMEOUT_MS = 10_000;
const METADATA_TIMEOUT_MS = 3000;

/**
 * One for each target: a service principal where its secret is configured; else the workload's
 * identity in Kubernetes, App Service's, the machine's: the first that is there.
 */
export function azureCredentials(auth: AzureAuth, around: Surroundings): Credential {
  const sources = [
    fromClientSecret(auth, around),
    fromWorkloadIdentity(auth, around),
    fromAppService(auth, around),
    fromInstanceMetadata(auth, around),
  ];
  return bearerCredential("Azure", sources, around);
}

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
function applicationToken(app: Application, around: Surroundings): Promise<BearerToken> {
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
    timeoutMs: ENTRA_TIMEOUT_MS,
    where: `Microsoft Entra, asked for ${app.clientId},`,
    nowMs: around.nowMs(),
  });
}

/** A service principal, where its secret is configured. */
function fromClientSecret(auth: AzureAuth, around: Surroundings): Source<BearerToken> {
  return async () => {
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
function fromWorkloadIdentity(auth: AzureAuth, around: Surroundings): Source<BearerToken> {
  return async () => {
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

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
function fromAppService(
  { azure_client_id: clientId }: AzureAuth,
  around: Surroundings,
): Source<BearerToken> {
  return async () => {
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
function fromInstanceMetadata(
  { azure_client_id: clientId }: AzureAuth,
  around: Surroundings,
): Source<BearerToken> {
  return async () => {
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

function ask(request: IdentityRequest, { nowMs }: Surroundings) {
  const secrets = Object.values(request.headers).filter((value) => value !== "true");
  return requestToken({ ...request, secrets, timeoutMs: METADATA_TIMEOUT_MS, nowMs: nowMs() });
}
