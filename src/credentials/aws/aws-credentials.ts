import { GatewayError } from "../../chat/error.ts";
import { type AwsRequest, longDigest, signAws } from "../aws-sigv4.ts";
import type { AuthorizableRequest, Credential } from "../credential.ts";
import { refreshing } from "../refreshing.ts";
import { fromContainer } from "./container.ts";
import type { AwsCredentials, AwsSource, AwsSurroundings } from "./credentials.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceMetadata } from "./instance-metadata.ts";
import { fromProfile } from "./profile.ts";
import { awsRegion, noRegion, regionOfUrl } from "./region.ts";
import { credentialsOfSdk } from "./sdk.ts";
import { type RoleAssumers, roleAssumers, type Sts } from "./sts.ts";
import { fromWebIdentity } from "./web-identity.ts";

/** The members of a target's `auth` that this is about. */
export interface AwsAuth {
  readonly header_name?: string | undefined;
  readonly header_value?: string | undefined;
  readonly aws_access_key_id?: string | undefined;
  readonly aws_secret_access_key?: string | undefined;
}

/** The members of a target's `options.bedrock` that this is about. */
export interface AwsOptions {
  readonly aws_region?: string | undefined;
  readonly aws_assume_role_arn?: string | undefined;
  readonly aws_role_session_name?: string | undefined;
  readonly aws_sts_endpoint_url?: string | undefined;
}

const SERVICE = "bedrock";

/** A Bedrock API key in a header takes the place of signing, unless AWS keys are configured too. */
export function signsAwsRequests(auth: AwsAuth): boolean {
  const hasKeys = Boolean(auth.aws_access_key_id || auth.aws_secret_access_key);
  return hasKeys || !(auth.header_name && auth.header_value);
}

/**
 * One for each target: keys are found at the first call, kept, and renewed ahead of their end. The
 * request must be sent as it was signed.
 */
export function awsCredentials(
  auth: AwsAuth,
  options: AwsOptions,
  around: AwsSurroundings,
): Credential {
  const credentials = credentialsFor(auth, options, around);
  const apiKey = usesOwnKeys(auth, options) ? undefined : around.env["AWS_BEARER_TOKEN_BEDROCK"];
  return {
    async authorize(request) {
      // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
      if (apiKey) return { authorization: `Bearer ${apiKey}` };
      const region = awsRegion(options.aws_region, around.env) ?? regionOfUrl(request.url);
      if (region === undefined) throw noRegion();
      const keys = await credentials();
      const { body } = request;
      const bodyDigest = body && typeof body !== "string" ? await longDigest(body) : undefined;
      const signed = { ...signable(request), ...(bodyDigest !== undefined && { bodyDigest }) };
      return signAws(signed, { region, service: SERVICE, keys, nowMs: around.nowMs() });
    },
  };
}

function usesOwnKeys(auth: AwsAuth, options: AwsOptions): boolean {
  return Boolean(auth.aws_access_key_id || options.aws_assume_role_arn);
}

/** A proxy on the way may touch any other header. */
function signable(request: AuthorizableRequest): AwsRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (lower === "content-type" || lower.startsWith("x-amz")) headers[lower] = value;
  }
  return { ...request, headers, body: request.body ?? "" };
}

function credentialsFor(
  auth: AwsAuth,
  options: AwsOptions,
  around: AwsSurroundings,
): () => Promise<AwsCredentials> {
  const renewing = {
    nowMs: around.nowMs,
    onFailure: (error: unknown) => around.report(`AWS credentials: ${sentence(error)}`),
  };
  const assumers = roleAssumers(stsOf(options, around), around);
  const sources = ambientSources(assumers, around);
  const load = async () => configuredKeys(auth) ?? firstOf(sources);
  const base = refreshing(() => named(load), renewing);
  const { aws_assume_role_arn: RoleArn, aws_role_session_name: RoleSessionName } = options;
  if (!RoleArn) return base;
  const role = { RoleArn, RoleSessionName };
  const assume = async () => credentialsOfSdk(await assumers.roleAssumer(await base(), role));
  return refreshing(() => named(assume), renewing);
}

/** The error says what the credentials are, whatever failed beneath. */
async function named(load: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    const message = `no AWS credentials: ${sentence(cause)}`;
    throw new GatewayError("upstream_credentials", message, { cause });
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stsOf(options: AwsOptions, { env }: AwsSurroundings): () => Sts {
  return () => {
    const region = awsRegion(options.aws_region, env);
    if (region === undefined) throw noRegion();
    const endpoint = options.aws_sts_endpoint_url;
    return { region, ...(endpoint && { endpoint }) };
  };
}

function configuredKeys(auth: AwsAuth): AwsCredentials | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = auth;
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

/** In the order of the reference, which is not that of the library's own chain. */
function ambientSources(assumers: RoleAssumers, around: AwsSurroundings): readonly AwsSource[] {
  return [
    fromEnvironment(around),
    fromProfile(assumers, around),
    fromContainer(around),
    fromWebIdentity(assumers, around),
    fromInstanceMetadata(around),
  ];
}

/** The first source that is there; one that is there and fails is not passed over. */
async function firstOf(sources: readonly AwsSource[]): Promise<AwsCredentials> {
  for (const source of sources) {
    const found = await source();
    if (found) return found;
  }
  throw new Error(
    "none are configured, and the environment, the shared files, the container, the service account and the instance have none",
  );
}
