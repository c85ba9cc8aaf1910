import { GatewayError } from "../../chat/error.ts";

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html; undefined where nothing names one. */
export function awsRegion(
  configured: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return configured || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || undefined;
}

/** A regional endpoint names its region. */
export function regionOfUrl(url: string): string | undefined {
  return /^https?:\/\/[^/?#]*\.([a-z]{2,3}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com|api\.aws)/.exec(
    url,
  )?.[1];
}

/** `upstream_credentials`: nothing can be signed without a region. */
export function noRegion(): GatewayError {
  return new GatewayError("upstream_credentials", "AWS region not specified anywhere");
}
