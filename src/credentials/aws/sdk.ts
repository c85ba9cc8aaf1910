import type { AwsCredentials, AwsSurroundings } from "./credentials.ts";

/** Loaded when first needed: it costs tens of milliseconds and 14 MB, and most gateways never need it. */
export const sdk = () => import("@aws-sdk/credential-providers");

/** The members of the library's credentials that a signature needs. */
export interface SdkIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export function credentialsOfSdk(identity: SdkIdentity): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
  const expiresAtMs = expiration?.getTime() ?? Number.NaN;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(!Number.isNaN(expiresAtMs) && { expiresAtMs }),
  };
}

/** What the library would write to the console. */
export function sdkLogger({ report }: AwsSurroundings) {
  const warn = (...words: unknown[]) => report(`AWS credentials: ${sdkReason(words[0])}`);
  const nothing = () => {};
  return { debug: nothing, info: nothing, warn, error: warn };
}

const MAX_REASON_LENGTH = 300;

/**
 * The library's words without what may be secret: of a program that fails it tells the command and
 * what it wrote, of an answer that is no JSON a piece of it.
 */
export function sdkReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes("Command failed")) return "its credential_process failed";
  if (error instanceof SyntaxError || text.includes("SyntaxError")) {
    return "the answer is not JSON";
  }
  const [sentences = ""] = text.split("Deserialization error:");
  return sentences.trim().replaceAll(/\s+/g, " ").slice(0, MAX_REASON_LENGTH);
}
