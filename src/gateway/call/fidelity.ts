import { GatewayError } from "../../chat/error.ts";
import type { Notice } from "../../chat/request.ts";
import type { Asking } from "./call.ts";
import type { Plan } from "./plan.ts";

/** Response header that says what became of what the target could not carry. */
export const NOTICES_HEADER = "x-dragoman-notices";

const MAX_HEADER_LENGTH = 1024;

/** `dropped logprobs, approximated tool_choice`; cut at a whole notice when it grows too long. */
export function noticesText(notices: readonly Notice[]): string {
  let text = "";
  for (const { kind, field } of notices) {
    // Field names may hold a client's own member names; a header holds printable ASCII.
    const entry = `${kind} ${field.replaceAll(/[^\x21-\x7e]/g, "?")}`;
    const longer = text === "" ? entry : `${text}, ${entry}`;
    if (longer.length > MAX_HEADER_LENGTH) return `${text}, …`.replace("…", "...");
    text = longer;
  }
  return text;
}

/** Throws `invalid_request`, naming every field, where nothing may be lost and something would be. */
export function refuseLosses(notices: readonly Notice[], { resolved, settings }: Plan): void {
  if (notices.length === 0 || settings.fidelity !== "strict") return;
  const losses = notices.map(({ kind, field, reason }) => `${field} would be ${kind}: ${reason}`);
  throw new GatewayError(
    "invalid_request",
    `this route is strict, and ${resolved.provider.name} cannot carry all of the request: ${losses.join("; ")}`,
    { vendor: { param: notices[0]?.field ?? "" } },
  );
}

/** Puts what the target could not be told in the call's record, and counts it. */
export function noteLosses(call: Asking, plan: Plan, notices: readonly Notice[]): void {
  if (notices.length === 0) return;
  call.record.notices = notices;
  for (const { kind } of notices) {
    call.processState.metrics.fidelityNotices.add(1, plan.resolved.target.name, kind);
  }
}
