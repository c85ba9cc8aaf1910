import type { Surroundings } from "../credential.ts";
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

export interface Bounds {
  /** How long one who asks waits, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** What is waited for, as the error names it. */
  readonly what: string;
}

const GIVEN_UP_MS = 5 * 60_000;

/**
 * For work that knows no limit and cannot be ended. While it hangs it is not begun again, so that a
 * program that hangs is there once; after five minutes it is given up, so that one lost connection is not
 * the end.
 */
export function bounded<Value>(
  load: () => Promise<Value>,
  { timeoutMs, nowMs, what }: Bounds,
): () => Promise<Value> {
  let flight: Promise<Value> | undefined;
  let begunMs = 0;

  function begin(): Promise<Value> {
    begunMs = nowMs();
    const begun = load().finally(() => {
      if (flight === begun) flight = undefined;
    });
    return begun;
  }

  return async () => {
    if (!flight || nowMs() - begunMs >= GIVEN_UP_MS) flight = begin();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const seconds = timeoutMs / 1000;
    const timer = setTimeout(
      () => reject(new Error(`${what} did not end within ${seconds} s`)),
      timeoutMs,
    );
    try {
      return await Promise.race([flight, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
