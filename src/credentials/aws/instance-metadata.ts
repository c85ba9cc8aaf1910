import type { Surroundings } from "../credential.ts";
import { bounded } from "./bounded.ts";
import type { AwsCredentials, AwsSource } from "./credentials.ts";
import { credentialsOfSdk, sdk, sdkLogger, sdkReason } from "./sdk.ts";

/** For each of the three requests. */
const REQUEST_TIMEOUT_MS = 1000;
const TIMEOUT_MS = 5000;
const WHAT = "the instance's metadata service";

/**
 * The role of an EC2 instance. The library asks version 2 first, and does without its token where
 * AWS_EC2_METADATA_V1_DISABLED is not set
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html).
 */
export function fromInstanceMetadata(around: Surroundings): AwsSource {
  const { env, nowMs } = around;
  const load = bounded(() => loadRole(around), { timeoutMs: TIMEOUT_MS, nowMs, what: WHAT });
  return async () => {
    const isDisabled = env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true";
    return isDisabled ? undefined : load();
  };
}

async function loadRole(around: Surroundings): Promise<AwsCredentials> {
  const { fromInstanceMetadata: fromInstance } = await sdk();
  const logger = sdkLogger(around);
  const provider = fromInstance({ timeout: REQUEST_TIMEOUT_MS, maxRetries: 0, logger });
  try {
    return credentialsOfSdk(await provider());
  } catch (error) {
    throw new Error(`nothing else has any, and ${WHAT} gave none: ${sdkReason(error)}`);
  }
}
