import type { ErrorCode } from "../src/chat/error.ts";

/** When each code is used, for the reference page. */
export const ERROR_DESCRIPTIONS = {
  invalid_request:
    "The request cannot be understood, or asks for what the route or vendor refuses.",
  unauthenticated: "No credential was given, or it is not known.",
  permission_denied: "The credential is known and may not do this.",
  not_found: "No route matches, or no such model is served.",
  method_not_allowed: "The method is not served here.",
  request_timeout: "The client took too long to send its request.",
  conflict: "The request contradicts another one.",
  body_too_large: "The body is larger than the plugin's `max_request_body_size`.",
  unsupported_media_type: "The body is of a type that the operation does not take.",
  unprocessable: "The body is well-formed, and its values make no sense to the vendor.",
  budget_exhausted: "What a key, a team or a run may spend is spent.",
  rate_limited: "Too many requests; `Retry-After` says when to come back, where it is known.",
  client_aborted:
    "The client left before its answer was complete. It is logged and never seen by a client.",
  internal: "A fault in the gateway itself. The log has the cause under the request's id.",
  upstream_error: "The vendor answered with an error of its own.",
  upstream_bad_response: "The vendor's answer is not what its dialect promises.",
  upstream_credentials: "The credential for the vendor could not be had.",
  upstream_auth_failed:
    "The vendor refused the gateway's own credential. Only the short form says so: elsewhere the vendor's 401 or 403 is passed on.",
  upstream_connect_failed: "No connection to the vendor could be made.",
  upstream_dns: "The vendor's host name could not be resolved.",
  upstream_tls: "The vendor's certificate or TLS handshake was refused.",
  upstream_reset: "The vendor broke the connection before it answered.",
  upstream_truncated: "The vendor's answer ended in the middle.",
  upstream_redirect: "The vendor answered with a redirect, which is not followed.",
  upstream_overloaded: "The vendor is overloaded.",
  unavailable: "No target can take the call now, or there is no room for its body.",
  draining: "The gateway is shutting down.",
  upstream_connect_timeout: "No connection to the vendor was made in time; nothing was sent.",
  upstream_timeout: "The vendor did not answer in time.",
  upstream_stalled: "The vendor's stream stopped coming without an end.",
} as const satisfies Record<ErrorCode, string>;
