import type { AwsKeys } from "../aws-sigv4.ts";
import type { Lasting } from "../refreshing.ts";

/** Keys, and until when they hold. */
export interface AwsCredentials extends AwsKeys, Lasting {}

/** What the sources read beside their own files and endpoints. */
export interface AwsSurroundings {
  /** That of this process: the library reads it by itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** One sentence about something that goes wrong while calls still succeed. */
  readonly report: (problem: string) => void;
}

/** Undefined where the source is not there; throws where it is there and does not give any. */
export type AwsSource = () => Promise<AwsCredentials | undefined>;

/** The JSON that containers answer with. `where` names the source in the error. */
export function credentialsOfJson(body: unknown, where: string): AwsCredentials {
  const wire = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: end } = wire;
  if (typeof id !== "string" || typeof secret !== "string" || id === "" || secret === "") {
    throw new Error(`${where} answered without AWS credentials`);
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(typeof token === "string" && token !== "" && { sessionToken: token }),
    ...expiry(end),
  };
}

export function expiry(end: unknown): Lasting {
  const expiresAtMs = typeof end === "string" ? Date.parse(end) : Number.NaN;
  return Number.isNaN(expiresAtMs) ? {} : { expiresAtMs };
}
