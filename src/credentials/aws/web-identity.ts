import { readFile } from "node:fs/promises";
import type { AwsCredentials, AwsSource, AwsSurroundings } from "./credentials.ts";
import { assumeRoleWithWebIdentity, type Role, type Sts } from "./sts.ts";

export const DEFAULT_SESSION_NAME = "ai-gateway";

/** A service account of Kubernetes: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html */
export function fromWebIdentity(sts: () => Sts): AwsSource {
  return async ({ env }: AwsSurroundings) => {
    const file = env["AWS_WEB_IDENTITY_TOKEN_FILE"];
    const arn = env["AWS_ROLE_ARN"];
    if (!file || !arn) return undefined;
    const sessionName = env["AWS_ROLE_SESSION_NAME"] || DEFAULT_SESSION_NAME;
    return byTokenFile(file, { arn, sessionName }, sts());
  };
}

/** The file is read each time: the token in it is replaced. */
export async function byTokenFile(file: string, role: Role, sts: Sts): Promise<AwsCredentials> {
  const token = (await readFile(file, "utf8")).trim();
  return assumeRoleWithWebIdentity(role, token, sts);
}
