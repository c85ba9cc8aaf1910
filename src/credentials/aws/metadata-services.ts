import { readFile } from "node:fs/promises";
import { isJsonObject } from "../../chat/json.ts";
import type { Surroundings } from "../credential.ts";
import { fetchText } from "../credential-endpoint.ts";
import { type AwsCredentials, type AwsSource, expiry } from "./credentials.ts";
import { bounded, credentialsOfSdk, sdk, sdkLogger, sdkReason } from "./sdk.ts";

const CONTAINER_TIMEOUT_MS = 2000;
const CONTAINER = "the container's credential endpoint";
const ECS_AGENT = "http://169.254.170.2";

/**
 * ECS, Greengrass, and EKS Pod Identity
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). Not by the library: when its
 * time is over it writes a warning to the console and goes on waiting.
 */
export function fromContainer(around: Surroundings): AwsSource {
  return async () => {
    const url = addressOf(around);
    if (url === undefined) return undefined;
    const token = await tokenOf(around);
    const headers = token === undefined ? {} : { authorization: token };
    const { status, text } = await fetchText(url, { headers, timeoutMs: CONTAINER_TIMEOUT_MS });
    if (status !== 200) throw new Error(`${CONTAINER} answered with status ${status}`);
    return credentialsOf(text);
  };
}

function addressOf({ env }: Surroundings): string | undefined {
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  if (relative) return `${ECS_AGENT}${relative}`;
  const full = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!full) return undefined;
  const { protocol, hostname } = new URL(full);
  if (protocol === "https:" || isLocal(hostname)) return full;
  throw new Error(
    `AWS_CONTAINER_CREDENTIALS_FULL_URI names ${hostname} without TLS: only the host itself may be asked so`,
  );
}

/** Loopback, the ECS agent, and the EKS agent. */
function isLocal(hostname: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(hostname)) return true;
  return ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].includes(
    hostname,
  );
}

/** The file is read each time: the agent replaces it. */
async function tokenOf({ env }: Surroundings): Promise<string | undefined> {
  const file = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = file
    ? (await readFile(file, "utf8")).trim()
    : env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  if (!token) return undefined;
  if (/[\r\n]/.test(token)) throw new Error("the container's authorization token has a line break");
  return token;
}

/** The answer's text is not repeated: it may hold secrets. */
function credentialsOf(text: string): AwsCredentials {
  let wire: unknown;
  try {
    wire = JSON.parse(text);
  } catch {
    throw new Error(`${CONTAINER} answered with something that is not JSON`);
  }
  const {
    AccessKeyId: id,
    SecretAccessKey: secret,
    Token: token,
    Expiration: end,
  } = isJsonObject(wire) ? wire : {};
  if (typeof id !== "string" || typeof secret !== "string" || id === "" || secret === "") {
    throw new Error(`${CONTAINER} answered without AWS credentials`);
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(typeof token === "string" && token !== "" && { sessionToken: token }),
    ...expiry(end),
  };
}

/** For each of the three requests. */
const INSTANCE_REQUEST_TIMEOUT_MS = 1000;
const INSTANCE_TIMEOUT_MS = 5000;
const INSTANCE = "the instance's metadata service";

/**
 * The role of an EC2 instance. The library asks version 2 first, and does without its token where
 * AWS_EC2_METADATA_V1_DISABLED is not set
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html).
 */
export function fromInstanceMetadata(around: Surroundings): AwsSource {
  const { env, nowMs } = around;
  const load = bounded(() => loadRole(around), {
    timeoutMs: INSTANCE_TIMEOUT_MS,
    nowMs,
    what: INSTANCE,
  });
  return async () => {
    const isDisabled = env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true";
    return isDisabled ? undefined : load();
  };
}

async function loadRole(around: Surroundings): Promise<AwsCredentials> {
  const { fromInstanceMetadata: fromInstance } = await sdk();
  const logger = sdkLogger(around);
  const provider = fromInstance({ timeout: INSTANCE_REQUEST_TIMEOUT_MS, maxRetries: 0, logger });
  try {
    return credentialsOfSdk(await provider());
  } catch (error) {
    throw new Error(`nothing else has any, and ${INSTANCE} gave none: ${sdkReason(error)}`);
  }
}
