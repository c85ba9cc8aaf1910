/** What tokens are for: https://learn.microsoft.com/azure/ai-services/authentication */
export const COGNITIVE_SERVICES = "https://cognitiveservices.azure.com";

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
