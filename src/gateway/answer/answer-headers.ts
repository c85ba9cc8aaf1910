import { HeaderMap, headerText, isHeaderName, type ReadHeaders } from "../../framing/header-map.ts";
import type { Asking } from "../call/call.ts";
import { NOTICES_HEADER, noticesText } from "../call/fidelity.ts";
import type { Plan } from "../call/plan.ts";

/** Headers of a successful answer: the vendor's, which model gave it, and what it was not told. */
export function answerHeaders(upstream: ReadHeaders, plan: Plan, call: Asking): HeaderMap {
  const headers = replyHeaders(upstream);
  const isWanted = plan.settings.modelNameHeader || call.request.debug;
  if (isWanted && plan.model !== "") {
    const model = `${plan.resolved.target.name}/${plan.model}`;
    headers.set("x-kong-llm-model", headerText(model));
  }
  const { notices } = call.record;
  if (notices.length > 0) headers.set(NOTICES_HEADER, noticesText(notices));
  return headers;
}

/** Meaningful on one hop only (RFC 9110 §7.6.1), or said anew by whoever writes the body. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "content-encoding",
  // A vendor's cookies are the vendor's business with the gateway, not with its clients.
  "set-cookie",
]);

/** An upstream's response headers, less those that must not travel on. */
export function replyHeaders(upstream: ReadHeaders): HeaderMap {
  const fields: Record<string, string> = Object.create(null);
  upstream.forEach((value, name) => {
    if (!NOT_FORWARDED.has(name)) fields[name] = value;
  });
  const headers = HeaderMap.owning(fields);
  const named = upstream.get("connection");
  if (named !== null && named !== "keep-alive") dropNamed(headers, named);
  return headers;
}

function dropNamed(headers: HeaderMap, connection: string): void {
  for (const part of connection.split(",")) {
    const name = part.trim();
    if (isHeaderName(name)) headers.delete(name);
  }
}
