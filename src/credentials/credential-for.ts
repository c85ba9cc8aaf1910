import {
  type AwsAuth,
  type AwsOptions,
  awsCredentials,
  signsAwsRequests,
} from "./aws/aws-credentials.ts";
import { type AzureAuth, azureCredentials, usesAzureIdentity } from "./azure-credentials.ts";
import type { Credential, Surroundings } from "./credential.ts";
import { type GcpAuth, gcpCredentials } from "./gcp/gcp-credentials.ts";

/** The parts of a target's configuration that say who is calling; a whole target has them. */
export interface IdentifiedTarget {
  readonly auth: AwsAuth & AzureAuth & GcpAuth;
  readonly model: {
    readonly provider: string;
    readonly options: { readonly bedrock: AwsOptions };
  };
}

/**
 * The cloud identity that a target's calls need; undefined where a static credential, or none, does.
 * Make one for each target and keep it: it holds what it got. Nothing is asked before its first use.
 */
export function credentialFor(
  { auth, model }: IdentifiedTarget,
  around: Surroundings,
): Credential | undefined {
  switch (model.provider) {
    case "bedrock":
      if (!signsAwsRequests(auth)) return undefined;
      return awsCredentials(auth, model.options.bedrock, around);
    case "gemini":
      return auth.gcp_use_service_account ? gcpCredentials(auth, around) : undefined;
    case "azure":
      return usesAzureIdentity(auth) ? azureCredentials(auth, around) : undefined;
  }
  return undefined;
}
