import type { Surroundings } from "../credential.ts";
import type { AwsCredentials, AwsSource } from "./credentials.ts";
import { bounded, credentialsOfSdk, SDK_CALLS, sdk, sdkLogger, sdkReason } from "./sdk.ts";
import type { RoleAssumers } from "./sts.ts";

const TIMEOUT_MS = 30_000;
const METADATA_TIMEOUT_MS = 1000;

/** A profile without any of these sets a region or the like, and says nothing of credentials. */
const SAYS_WHENCE = [
  "aws_access_key_id",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "sso_account_id",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
];

/**
 * The shared files: keys, roles by another profile or by a token, programs, IAM Identity Center
 * (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). The files are read anew each time.
 */
export function fromProfile(assumers: RoleAssumers, around: Surroundings): AwsSource {
  const named = around.env["AWS_PROFILE"];
  const profile = named || "default";
  const what = `the AWS profile ${profile}`;
  const load = bounded(() => loadProfile(profile, what, assumers, around), {
    timeoutMs: TIMEOUT_MS,
    nowMs: around.nowMs,
    what,
  });
  return async () => {
    const { parseKnownFiles } = await import("@smithy/core/config");
    const settings = (await parseKnownFiles({ ignoreCache: true }))[profile];
    if (!settings && named) {
      throw new Error(`AWS_PROFILE names the profile ${named}, which no shared file has`);
    }
    return SAYS_WHENCE.some((name) => settings?.[name]) ? load() : undefined;
  };
}

async function loadProfile(
  profile: string,
  what: string,
  assumers: RoleAssumers,
  around: Surroundings,
): Promise<AwsCredentials> {
  const { fromIni } = await sdk();
  const init = {
    ...assumers,
    profile,
    ignoreCache: true,
    clientConfig: SDK_CALLS,
    logger: sdkLogger(around),
    // For a role whose source is the container or the instance.
    timeout: METADATA_TIMEOUT_MS,
    maxRetries: 0,
  };
  try {
    return credentialsOfSdk(await fromIni(init)());
  } catch (error) {
    throw new Error(`${what}: ${sdkReason(error)}`);
  }
}
