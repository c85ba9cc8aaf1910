import type { HeaderMap, ReadHeaders } from "../../framing/header-map.ts";
import { headerText } from "../../framing/header-text.ts";
import type { Call } from "../call/call.ts";
import { NOTICES_HEADER, noticesText } from "../call/fidelity.ts";
import type { Plan } from "../call/plan.ts";
import { replyHeaders } from "./reply-headers.ts";

/** Headers of a successful answer: the vendor's, which model gave it, and what it was not told. */
export function answerHeaders(upstream: ReadHeaders, plan: Plan, call: Call): HeaderMap {
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
