import type { UpstreamRequest } from "../../providers/upstream-facts.ts";
import { upstreamRequest } from "../../providers/upstream-request.ts";
import type { Asking } from "../call/call.ts";
import type { Plan } from "../call/plan.ts";
import type { Outgoing } from "../call/upstream.ts";
import type { WriteOutcome } from "./body-tasks.ts";
import type { UpstreamBody } from "./upstream-body.ts";

/** The upstream request as it would be sent; nothing is sent here. */
export function outgoingRequest(
  call: Asking,
  plan: Plan,
  body: Pick<UpstreamBody, "wire" | "bytes"> | Pick<WriteOutcome, "written">,
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
  const { bodyMembers } = request;
  const content =
    "written" in body
      ? body.written
      : ((bodyMembers ? undefined : body.bytes) ??
        JSON.stringify({ ...body.wire, ...bodyMembers }));
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: content,
    ...bodyCredentials(request),
  };
}

export function bodyCredentials({
  bodyMembers,
}: UpstreamRequest): Pick<Outgoing, "bodyCredentials"> {
  if (!bodyMembers) return {};
  return { bodyCredentials: Object.values(bodyMembers).map(String) };
}
