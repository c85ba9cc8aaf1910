import type { Call } from "./call.ts";
import type { Plan } from "./plan.ts";

/**
 * The version of the vendor's dialect that a client names whose own request goes there; a header that
 * came twice counts once. Undefined where it names none.
 */
export function clientVersion({ request }: Call, { resolved }: Plan): string | undefined {
  const { versionHeader } = resolved.provider;
  if (versionHeader === undefined) return undefined;
  const [first] = (request.headers.get(versionHeader) ?? "").split(",");
  return first?.trim() || undefined;
}
