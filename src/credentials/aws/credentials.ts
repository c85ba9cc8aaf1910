import type { Source, Surroundings } from "../credential.ts";
import type { Lasting } from "../refreshing.ts";
import type { AwsKeys } from "./aws-sigv4.ts";

/** Keys, and until when they hold. */
export interface AwsCredentials extends AwsKeys, Lasting {}

export type AwsSource = Source<AwsCredentials>;

/** https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
export function fromEnvironment({ env }: Surroundings): AwsSource {
  return async () => {
    const accessKeyId = env["AWS_ACCESS_KEY_ID"];
    const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
    if (!accessKeyId || !secretAccessKey) return undefined;
    const sessionToken = env["AWS_SESSION_TOKEN"];
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
      ...expiry(env["AWS_CREDENTIAL_EXPIRATION"]),
    };
  };
}

export function expiry(end: unknown): Lasting {
  const expiresAtMs = typeof end === "string" ? Date.parse(end) : Number.NaN;
  return Number.isNaN(expiresAtMs) ? {} : { expiresAtMs };
}
