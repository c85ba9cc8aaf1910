import { type AwsSource, type AwsSurroundings, credentialsOfJson } from "./credentials.ts";
import { fetchJson, fetchText } from "./fetch-text.ts";

const TIMEOUT_MS = 1000;
const TOKEN_SECONDS = 21_600;
const ROLES = "/latest/meta-data/iam/security-credentials/";

/**
 * The role of an EC2 instance. The token of version 2 is asked for first; version 1 is spoken only
 * where the instance has no version 2 (https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html).
 * A machine without the service has no such source.
 */
export const fromInstanceMetadata: AwsSource = async (around) => {
  if (around.env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") return undefined;
  const origin = originOf(around);
  const headers = await tokenHeaders(origin, around);
  if (!headers) return undefined;
  const options = { headers, timeoutMs: TIMEOUT_MS };
  const roles = await fetchText(`${origin}${ROLES}`, options);
  const role = roles.status === 200 ? roles.text.trim().split("\n", 1)[0] : "";
  if (!role) return undefined;
  const where = "the instance's metadata service";
  return credentialsOfJson(await fetchJson(`${origin}${ROLES}${role}`, options, where), where);
};

function originOf({ env }: AwsSurroundings): string {
  const endpoint = env["AWS_EC2_METADATA_SERVICE_ENDPOINT"];
  if (endpoint) return endpoint.replace(/\/$/, "");
  const isIpv6 = env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.toLowerCase() === "ipv6";
  return isIpv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

/** Undefined where nobody answers. */
async function tokenHeaders(
  origin: string,
  { env }: AwsSurroundings,
): Promise<Record<string, string> | undefined> {
  const answer = await fetchText(`${origin}/latest/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_SECONDS) },
    timeoutMs: TIMEOUT_MS,
  }).catch(() => undefined);
  if (!answer) return undefined;
  if (answer.status === 200) return { "x-aws-ec2-metadata-token": answer.text };
  const hasNoToken = [403, 404, 405].includes(answer.status);
  if (hasNoToken && env["AWS_EC2_METADATA_V1_DISABLED"]?.toLowerCase() !== "true") return {};
  throw new Error(`the instance's metadata service gave no token (status ${answer.status})`);
}
