/**
 * What went wrong, decided once; status and retryability follow from the code, never from text.
 * A vendor's error keeps its own code, type and status beside ours.
 */
export type ErrorCode = keyof typeof ERRORS;

interface ErrorClass {
  /** The HTTP status a client sees when the gateway itself answers. */
  readonly status: number;
  /** Whether another attempt, at this target or another, may succeed. */
  readonly retryable: boolean;
}

const ERRORS = {
  invalid_request: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  permission_denied: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  request_timeout: { status: 408, retryable: false },
  conflict: { status: 409, retryable: false },
  body_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  unprocessable: { status: 422, retryable: false },
  budget_exhausted: { status: 402, retryable: false },
  rate_limited: { status: 429, retryable: true },
  client_aborted: { status: 499, retryable: false },
  internal: { status: 500, retryable: false },
  upstream_error: { status: 500, retryable: true },
  upstream_bad_response: { status: 500, retryable: true },
  upstream_credentials: { status: 500, retryable: true },
  upstream_auth_failed: { status: 502, retryable: false },
  upstream_connect_failed: { status: 502, retryable: true },
  upstream_dns: { status: 503, retryable: true },
  upstream_tls: { status: 502, retryable: true },
  upstream_reset: { status: 502, retryable: true },
  upstream_truncated: { status: 502, retryable: true },
  upstream_redirect: { status: 502, retryable: false },
  upstream_overloaded: { status: 503, retryable: true },
  unavailable: { status: 503, retryable: true },
  draining: { status: 503, retryable: true },
  upstream_connect_timeout: { status: 504, retryable: true },
  upstream_timeout: { status: 504, retryable: true },
  upstream_stalled: { status: 504, retryable: true },
} as const satisfies Record<string, ErrorClass>;

export interface ErrorDetails {
  /** Overrides the code's status: a vendor's own status is passed on as it came. */
  readonly status?: number;
  /** The vendor's words, where the error is the vendor's: kept so that its own dialect can say them again. */
  readonly vendor?: { readonly type?: string; readonly code?: string; readonly param?: string };
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly vendor: ErrorDetails["vendor"];
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "GatewayError";
    this.code = code;
    this.status = details.status ?? ERRORS[code].status;
    this.retryable = ERRORS[code].retryable;
    this.vendor = details.vendor;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The code for a vendor's HTTP status. */
export function errorCodeForStatus(status: number): ErrorCode {
  const known = STATUS_CODES[status];
  if (known) return known;
  if (status >= 500) return "upstream_error";
  return "invalid_request";
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  405: "method_not_allowed",
  408: "request_timeout",
  409: "conflict",
  413: "body_too_large",
  415: "unsupported_media_type",
  422: "unprocessable",
  429: "rate_limited",
  503: "upstream_overloaded",
  504: "upstream_timeout",
  529: "upstream_overloaded",
};
