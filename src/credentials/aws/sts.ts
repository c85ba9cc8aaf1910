import type { Surroundings } from "../credential.ts";
import { wordFor } from "../credential-endpoint.ts";
import type { AwsKeys } from "./aws-sigv4.ts";
import type { AwsSource } from "./credentials.ts";
import { credentialsOfSdk, SDK_CALLS, type SdkIdentity, sdk, sdkReason } from "./sdk.ts";

/** What a session is called that nobody named. */
const DEFAULT_SESSION_NAME = "ai-gateway";

export interface Sts {
  readonly region: string;
  /** Instead of the regional endpoint, and of the one that the environment names. */
  readonly endpoint?: string;
}

/** By STS's names; what else a profile says of its role goes along. */
export interface Role {
  readonly RoleArn: string | undefined;
  readonly RoleSessionName: string | undefined;
}

export interface RoleOfToken extends Role {
  readonly WebIdentityToken: string | undefined;
}

/** STS for one target, as the library's sources want to be given it. */
export interface RoleAssumers {
  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  readonly roleAssumer: (keys: AwsKeys, role: Role) => Promise<SdkIdentity>;
  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: the token is the proof. */
  readonly roleAssumerWithWebIdentity: (role: RoleOfToken) => Promise<SdkIdentity>;
}

/** `sts` throws where no region is known. */
export function roleAssumers(sts: () => Sts, around: Surroundings): RoleAssumers {
  const clientConfig = () => ({
    ...SDK_CALLS,
    ...sts(),
    systemClockOffset: around.nowMs() - Date.now(),
  });
  return {
    async roleAssumer(masterCredentials, role) {
      const { fromTemporaryCredentials } = await sdk();
      const params = { ...role, ...namesOf(role) };
      const options = { masterCredentials, params, clientConfig: clientConfig() };
      return told(params.RoleArn, fromTemporaryCredentials(options));
    },
    async roleAssumerWithWebIdentity({ WebIdentityToken: webIdentityToken = "", ...role }) {
      const { fromWebToken } = await sdk();
      const { RoleArn: roleArn, RoleSessionName: roleSessionName } = namesOf(role);
      const options = { roleArn, roleSessionName, webIdentityToken, clientConfig: clientConfig() };
      return told(roleArn, fromWebToken(options));
    },
  };
}

/** The library names the session of a profile that does not by its clock. */
function namesOf({ RoleArn = "", RoleSessionName: name }: Role) {
  const isMadeUp = !name || /^aws-sdk-js-(?:session-)?\d+$/.test(name);
  return { RoleArn, RoleSessionName: isMadeUp ? DEFAULT_SESSION_NAME : name };
}

async function told(arn: string, ask: () => Promise<SdkIdentity>): Promise<SdkIdentity> {
  try {
    return await ask();
  } catch (error) {
    throw new Error(failureOf(error, `the role ${arn}`));
  }
}

function failureOf(error: unknown, role: string): string {
  const status = statusOf(error);
  const reason = sdkReason(error);
  if (status === 200 || reason.startsWith("Invalid response")) {
    return `STS answered without credentials for ${role}`;
  }
  if (status === undefined) return `STS did not answer for ${role} (${wordFor(error)})`;
  const words = reason.startsWith("Unknown") ? "no reason given" : reason;
  return `STS refused ${role} (status ${status}): ${words}`;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  return httpStatusCode;
}

/**
 * A service account of Kubernetes (https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html).
 * The file is read each time: the token in it is replaced.
 */
export function fromWebIdentity(
  { roleAssumerWithWebIdentity }: RoleAssumers,
  { env }: Surroundings,
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
