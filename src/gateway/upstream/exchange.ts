import { GatewayError } from "../../chat/error.ts";
import type { Attempt } from "../../telemetry/call-record.ts";
import { redactUri } from "../../telemetry/redact.ts";
import type { Asking } from "../call/call.ts";
import type { Plan } from "../call/plan.ts";
import type { Incoming, Outgoing, UpstreamClocks } from "../call/upstream.ts";
import { authorize } from "./authorize.ts";
import { echoesOf, type VendorAnswer } from "./echoes.ts";

/** Sends a request for a plan and keeps the record of it; `attempt` is what it is part of, where it is not all of one. */
export function exchange(
  call: Asking,
  plan: Plan,
  outgoing: Outgoing,
  attempt?: Attempt,
): Promise<VendorAnswer> {
  const authorized = authorize(call, plan.resolved, outgoing);
  if (!(authorized instanceof Promise)) return exchanged(call, plan, authorized, attempt);
  return authorized.then((ready) => exchanged(call, plan, ready, attempt));
}

function exchanged(
  call: Asking,
  plan: Plan,
  outgoing: Outgoing,
  attempt = openAttempt(call, plan, outgoing.url),
): Promise<VendorAnswer> {
  return attempted(call, attempt, outgoing, call.clocks).then((incoming) => {
    const { status, headers, body, abort } = usable(incoming);
    const echoes = echoesOf(outgoing, plan.settings.secretNames);
    return { status, headers: echoes.headers(headers), body, abort, echoes };
  });
}

/** The answer, unless it is one that nobody here reads: then the exchange is over. */
function usable(incoming: Incoming): Incoming {
  const problem = unusable(incoming);
  if (!problem) return incoming;
  incoming.abort(problem);
  throw problem;
}

function unusable({ status, headers }: Incoming): GatewayError | undefined {
  if (status >= 300 && status <= 399 && status !== 304) {
    return new GatewayError(
      "upstream_redirect",
      "The upstream server answered with a redirect, which is never followed: credentials must not travel",
    );
  }
  // Nobody compresses twice but to exhaust memory.
  if (!headers.get("content-encoding")?.includes(",")) return undefined;
  return new GatewayError(
    "upstream_bad_response",
    "the upstream's answer is compressed more than once",
    { status: 502 },
  );
}

/** Sends a request and notes in `attempt` how it went. */
export function attempted(
  call: Asking,
  attempt: Attempt,
  outgoing: Outgoing,
  clocks: UpstreamClocks,
): Promise<Incoming> {
  return call.send(outgoing, call.client, clocks).then(
    (incoming) => {
      attempt.headersAtMs ??= performance.now();
      // Of an attempt in several parts the one that failed counts.
      attempt.status = Math.max(attempt.status ?? 0, incoming.status);
      call.record.source = "upstream";
      return incoming;
    },
    (error: unknown) => {
      noteFailure(attempt, error);
      throw error;
    },
  );
}

/** Notes what an attempt failed with, where one was made: an answer's headers say nothing of its end. */
export function noteFailure(attempt: Attempt | undefined, cause: unknown): void {
  if (attempt && cause instanceof GatewayError) attempt.error ??= cause;
}

/** An attempt that the call's record tells of. */
export function openAttempt(call: Asking, plan: Plan, url: string): Attempt {
  const { scheme, host, port, uri } = splitUrl(url);
  const attempt: Attempt = {
    provider: plan.resolved.provider.name,
    targetName: plan.resolved.target.name,
    model: plan.model,
    routeType: plan.settings.routeType,
    scheme,
    host,
    port,
    uri: redactUri(uri),
    startedAtMs: performance.now(),
  };
  call.record.attempts.push(attempt);
  return attempt;
}

/** The parts of a URL without `URL`'s cost: these URLs are our own, already normal. */
export function splitUrl(url: string) {
  const hostAt = url.indexOf("//") + 2;
  const pathAt = url.indexOf("/", hostAt);
  const written = url.slice(hostAt, pathAt < 0 ? undefined : pathAt);
  // Refused before anything is sent, but not before it is logged.
  const authority = written.slice(written.lastIndexOf("@") + 1);
  const portAt = authority.lastIndexOf(":");
  const scheme = url.slice(0, hostAt - 3);
  const hasPort = portAt > 0 && !authority.endsWith("]");
  return {
    scheme,
    host: hasPort ? authority.slice(0, portAt) : authority,
    port: hasPort ? Number(authority.slice(portAt + 1)) : scheme === "https" ? 443 : 80,
    uri: pathAt < 0 ? "/" : url.slice(pathAt),
  };
}
