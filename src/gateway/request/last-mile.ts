import type { JsonObject } from "../../chat/json.ts";
import type { Notice } from "../../chat/request.ts";
import { fitted, rulesFor } from "../../providers/fitted.ts";
import type { Invocation, Provider } from "../../providers/provider.ts";
import { lastMileNotices } from "../call/fidelity.ts";
import type { OriginalNames } from "./tool-names.ts";

/** What the gateway writes itself, and answers for itself where a vendor does not take it or has it in the path. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(["stream_options", "model"]);

/** A request as it goes on the wire. */
export interface LastMile {
  readonly wire: JsonObject;
  readonly notices: readonly Notice[];
  readonly originalNames: OriginalNames;
}

/** What this vendor spells otherwise or does not take, within its format. `wire` itself when nothing changes. */
export function lastMile(wire: JsonObject, provider: Provider, invocation: Invocation): LastMile {
  const rules = rulesFor(provider, invocation);
  const fit: LastMile = rules
    ? fitted(wire, rules, provider.name)
    : { wire, notices: [], originalNames: undefined };
  const adapted = provider.adapt?.(fit.wire, invocation) ?? fit.wire;
  if (adapted === fit.wire) return fit;
  const lost = lastMileNotices(fit.wire, adapted, provider, OWN_MEMBERS);
  return { ...fit, wire: adapted, notices: [...fit.notices, ...lost] };
}
