import type { WireFormat } from "../../formats/wire-format.ts";
import { HeaderMap, type ReadHeaders } from "../../framing/header-map.ts";
import type { UpstreamRequest } from "../../providers/upstream-facts.ts";
import { upstreamRequest } from "../../providers/upstream-request.ts";
import { clientVersion } from "../call/answer-context.ts";
import type { Asking } from "../call/call.ts";
import { isCommonFormat } from "../call/client-format.ts";
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
  const { prompt } = call;
  const version = prompt && plan.format === prompt.format ? clientVersion(call, plan) : undefined;
  const request = upstreamRequest(plan.resolved, {
    method,
    path: call.upstreamPath,
    clientPath: call.request.path,
    // Nor is a vendor asked in the words of another's query.
    search: prompt && isForeign(plan, prompt.format) ? "" : search,
    headers: prompt ? headersFor(plan, prompt.format, headers) : headers,
    model: plan.model,
    stream: plan.stream,
    jsonBody: true,
    ...(prompt && { clientBody: prompt.wire }),
    ...(version !== undefined && { clientVersion: version }),
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

/** Without what the client's dialect alone has, where another is spoken upstream. */
function headersFor(plan: Plan, client: WireFormat, headers: ReadHeaders): ReadHeaders {
  const { ownHeaders } = client;
  if (!ownHeaders || !isForeign(plan, client)) return headers;
  const others = HeaderMap.of();
  headers.forEach((value, name) => {
    if (!ownHeaders.test(name)) others.set(name, value);
  });
  return others;
}

/** Whether a client's dialect is a vendor's, and another vendor is asked. */
function isForeign({ format }: Plan, client: WireFormat): boolean {
  return format !== client && !isCommonFormat(client);
}

export function bodyCredentials({
  bodyMembers,
}: UpstreamRequest): Pick<Outgoing, "bodyCredentials"> {
  if (!bodyMembers) return {};
  return { bodyCredentials: Object.values(bodyMembers).map(String) };
}
