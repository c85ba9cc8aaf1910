import { GatewayError } from "../../chat/error.ts";
import {
  type AuthorizableRequest,
  type Credential,
  firstOf,
  named,
  type Surroundings,
  sentence,
} from "../credential.ts";
import { refreshing } from "../refreshing.ts";
import { type AwsRequest, longDigest, signAws } from "./aws-sigv4.ts";
import { type AwsCredentials, type AwsSource, fromEnvironment } from "./credentials.ts";
import { fromContainer, fromInstanceMetadata } from "./metadata-services.ts";
import { fromProfile } from "./profile.ts";
import { credentialsOfSdk } from "./sdk.ts";
import { fromWebIdentity, type RoleAssumers, roleAssumers, type Sts } from "./sts.ts";

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
const WHAT = "AWS credentials";
const NONE =
  "none are configured, and the environment, the shared files, the container, the service account and the instance have none";

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
  around: Surroundings,
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
  around: Surroundings,
): () => Promise<AwsCredentials> {
  const renewing = {
    nowMs: around.nowMs,
    onFailure: (error: unknown) => around.report(`${WHAT}: ${sentence(error)}`),
  };
  const assumers = roleAssumers(stsOf(options, around), around);
  const sources = ambientSources(assumers, around);
  const load = async () => configuredKeys(auth) ?? firstOf(sources, NONE);
  const base = refreshing(() => named(WHAT, load), renewing);
  const { aws_assume_role_arn: RoleArn, aws_role_session_name: RoleSessionName } = options;
  if (!RoleArn) return base;
  const role = { RoleArn, RoleSessionName };
  const assume = async () => credentialsOfSdk(await assumers.roleAssumer(await base(), role));
  return refreshing(() => named(WHAT, assume), renewing);
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html; undefined where nothing names one. */
function awsRegion(
  configured: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return configured || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || undefined;
}

/** A regional endpoint names its region. */
function regionOfUrl(url: string): string | undefined {
  return /^https?:\/\/[^/?#]*\.([a-z]{2,3}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com|api\.aws)/.exec(
    url,
  )?.[1];
}

/** `upstream_credentials`: nothing can be signed without a region. */
function noRegion(): GatewayError {
  return new GatewayError("upstream_credentials", "AWS region not specified anywhere");
}

function stsOf(options: AwsOptions, { env }: Surroundings): () => Sts {
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
function ambientSources(assumers: RoleAssumers, around: Surroundings): readonly AwsSource[] {
  return [
    fromEnvironment(around),
    fromProfile(assumers, around),
    fromContainer(around),
    fromWebIdentity(assumers, around),
    fromInstanceMetadata(around),
  ];
}
