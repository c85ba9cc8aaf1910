import { type AwsSource, type AwsSurroundings, expiry } from "./credentials.ts";

/** https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
export function fromEnvironment({ env }: AwsSurroundings): AwsSource {
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
