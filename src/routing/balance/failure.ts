import { type ErrorCode, GatewayError } from "../../chat/error.ts";

/** What may move a call to another target, as configurations spell it. */
export const CRITERIA = [
  "error",
  "timeout",
  "invalid_header",
  "http_500",
  "http_502",
  "http_503",
  "http_504",
  "http_401",
  "http_403",
  "http_404",
  "http_429",
  "non_idempotent",
] as const;

export type Criterion = (typeof CRITERIA)[number];

/** An attempt that gave no answer to be content with. */
export interface Failure {
  readonly criterion: Criterion;
  /** The request may have been received: sending it again may do its work twice. */
  readonly sent: boolean;
}

const STATUSES: Readonly<Record<number, Criterion>> = {
  401: "http_401",
  403: "http_403",
  404: "http_404",
  429: "http_429",
  500: "http_500",
  502: "http_502",
  503: "http_503",
  504: "http_504",
  // Cloudflare's own (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/): the vendor's edge could not reach the vendor.
  520: "http_502",
  521: "http_502",
  522: "http_504",
  523: "http_502",
  524: "http_504",
  // Anthropic's "overloaded" (https://docs.anthropic.com/en/api/errors).
  529: "http_503",
};

/** What an upstream's status means; undefined for one that no target would answer otherwise. */
export function failureOfStatus(status: number): Failure | undefined {
  const criterion = STATUSES[status];
  return criterion && { criterion, sent: true };
}

/** The codes under which nothing usable came from the upstream at all. */
const CODES: Readonly<Partial<Record<ErrorCode, Failure>>> = {
  upstream_connect_failed: { criterion: "error", sent: false },
  upstream_dns: { criterion: "error", sent: false },
  upstream_tls: { criterion: "error", sent: false },
  upstream_credentials: { criterion: "error", sent: false },
  upstream_connect_timeout: { criterion: "timeout", sent: false },
  upstream_reset: { criterion: "error", sent: true },
  upstream_timeout: { criterion: "timeout", sent: true },
  upstream_stalled: { criterion: "timeout", sent: true },
  upstream_bad_response: { criterion: "invalid_header", sent: true },
  upstream_truncated: { criterion: "invalid_header", sent: true },
};

/** Errors that are nobody's upstream: another target would meet with them too. */
const OURS: ReadonlySet<ErrorCode> = new Set([
  "client_aborted",
  "draining",
  "internal",
  "invalid_request",
  "upstream_redirect",
]);

/** What a thrown error means; undefined for one that is no target's fault. */
export function failureOfError(error: GatewayError): Failure | undefined {
  // What the vendor said of the credential stands in the cause.
  if (error.code === "upstream_auth_failed" && error.cause instanceof GatewayError) {
    return failureOfStatus(error.cause.status === 403 ? 403 : 401);
  }
  const known = CODES[error.code];
  if (known) return known;
  if (OURS.has(error.code)) return undefined;
  return failureOfStatus(error.status);
}

/** Whether a failure speaks against the target itself, so that its health suffers. */
export function countsAgainstTarget(
  { criterion }: Failure,
  criteria: ReadonlySet<Criterion>,
): boolean {
  switch (criterion) {
    case "error":
    case "timeout":
    case "invalid_header":
      return true;
    case "http_403":
    case "http_404":
      return false;
    case "http_401":
    case "http_429":
    case "http_500":
    case "http_502":
    case "http_503":
    case "http_504":
    case "non_idempotent":
      return criteria.has(criterion);
  }
}
