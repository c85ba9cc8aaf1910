import { bearerCredential, type TokenSurroundings } from "../bearer-token.ts";
import type { Credential } from "../credential.ts";
import type { AzureAuth } from "./azure-auth.ts";
import { fromClientSecret, fromWorkloadIdentity } from "./entra.ts";
import { fromAppService, fromInstanceMetadata } from "./managed-identity.ts";

/**
 * One for each target: a service principal where its secret is configured; else the workload's
 * identity in Kubernetes, App Service's, the machine's: the first that is there.
 */
export function azureCredentials(auth: AzureAuth, around: TokenSurroundings): Credential {
  const sources = [
    fromClientSecret(auth),
    fromWorkloadIdentity(auth),
    fromAppService(auth),
    fromInstanceMetadata(auth),
  ];
  return bearerCredential("Azure", sources, around);
}
