import type { AwsSource, AwsSurroundings } from "./credentials.ts";
import { credentialsOfSdk, sdk } from "./sdk.ts";
import { DEFAULT_SESSION_NAME, type RoleAssumers } from "./sts.ts";

/**
 * A service account of Kubernetes (https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html).
 * The file is read each time: the token in it is replaced.
 */
export function fromWebIdentity(
  { roleAssumerWithWebIdentity }: RoleAssumers,
  { env }: AwsSurroundings,
): AwsSource {
  return async () => {
    const webIdentityTokenFile = env["AWS_WEB_IDENTITY_TOKEN_FILE"];
    const roleArn = env["AWS_ROLE_ARN"];
    if (!webIdentityTokenFile || !roleArn) return undefined;
    const { fromTokenFile } = await sdk();
    const roleSessionName = env["AWS_ROLE_SESSION_NAME"] || DEFAULT_SESSION_NAME;
    const role = { webIdentityTokenFile, roleArn, roleSessionName };
    return credentialsOfSdk(await fromTokenFile({ ...role, roleAssumerWithWebIdentity })());
  };
}
