import { exec } from "node:child_process";
import { type AwsCredentials, type AwsSurroundings, expiry } from "./credentials.ts";

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * The program that a profile names, run by the shell as the AWS CLI's users write it
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). Neither the command
 * nor what it writes stands in an error: both may hold secrets.
 */
export async function fromProcess(
  profile: string,
  command: string,
  { env }: AwsSurroundings,
): Promise<AwsCredentials> {
  const where = `the credential_process of the AWS profile ${profile}`;
  const wire = jsonOf(await outputOf(command, env, where), where);
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = wire;
  if (wire["Version"] !== 1) throw new Error(`${where} does not answer in version 1`);
  if (typeof id !== "string" || typeof secret !== "string" || id === "" || secret === "") {
    throw new Error(`${where} answered without AWS credentials`);
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(typeof token === "string" && token !== "" && { sessionToken: token }),
    ...expiry(wire["Expiration"]),
  };
}

function outputOf(command: string, env: AwsSurroundings["env"], where: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const limits = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true };
  exec(command, { ...limits, env: { ...env } }, (error, output) => {
    if (!error) resolve(output);
    else reject(new Error(`${where} ${endOf(error)}`));
  });
  return promise;
}

function endOf({ killed, code }: { killed?: boolean | undefined; code?: unknown }): string {
  if (typeof code === "number") return `ended with exit code ${code}`;
  return killed ? "took longer than 30 s, or wrote more than 64 KiB" : "could not be run";
}

function jsonOf(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // What it wrote is not repeated.
  }
  throw new Error(`${where} answered with something that is not a JSON object`);
}
