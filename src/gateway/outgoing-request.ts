import type { UpstreamRequest } from "../providers/target.ts";
import { upstreamRequest } from "../providers/upstream-request.ts";
import type { Call } from "./call.ts";
import type { Plan } from "./plan.ts";
import type { Outgoing } from "./upstream.ts";
import type { UpstreamBody } from "./upstream-body.ts";

/** The upstream request as it would be sent; nothing is sent here. */
export function outgoingRequest(
  call: Call,
  plan: Plan,
  body: Pick<UpstreamBody, "wire" | "bytes">,
): Outgoing {
  const { method, headers, search } = call.request;
  const request = upstreamRequest(plan.resolved, {
    method,
    path: call.upstreamPath,
    clientPath: call.request.path,
    search,
    headers,
    model: plan.model,
    stream: plan.stream,
    jsonBody: true,
    ...(call.prompt && { clientBody: call.prompt.wire }),
  });
  const bytes = request.bodyMembers ? undefined : body.bytes;
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: bytes ?? JSON.stringify({ ...body.wire, ...request.bodyMembers }),
    ...bodyCredentials(request),
  };
}

export function bodyCredentials({
  bodyMembers,
}: UpstreamRequest): Pick<Outgoing, "bodyCredentials"> {
  if (!bodyMembers) return {};
  return { bodyCredentials: Object.values(bodyMembers).map(String) };
}
