import { headerNamed } from "../../framing/header-map.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { AclMatch, AclOptions } from "./acl-schema.ts";

/** What a rule may look at beside the call: the target in question. */
export interface AclTarget {
  readonly provider: string;
  /** As the client wrote it, else as configured. */
  readonly model: string;
}

/** Whether a call may go to a target: no rule of `deny` matches, and one of `allow` if there are any. */
export function isAllowed({ allow, deny }: AclOptions, call: Call, target: AclTarget): boolean {
  const matches = ({ match }: { readonly match: readonly AclMatch[] }) =>
    match.every((condition) => isMet(condition, call, target));
  if (deny?.some(matches)) return false;
  return allow === undefined || allow.length === 0 || allow.some(matches);
}

function isMet({ type, key, values }: AclMatch, call: Call, target: AclTarget): boolean {
  const isListed = (value: string | undefined | null) =>
    value !== undefined && value !== null && values.includes(value);
  switch (type) {
    case "consumer": {
      const { id, username } = call.consumer ?? {};
      return (key !== "username" && isListed(id)) || (key !== "id" && isListed(username));
    }
    case "consumer_group":
      return (call.consumer?.groups ?? []).some(isListed);
    case "header":
      return key !== undefined && isListed(headerNamed(call.request.headers, key));
    case "ip":
      return isListed(call.record.clientIp);
    case "model":
      return isListed(target.model);
    case "path":
      return isListed(call.request.path);
    case "provider":
      return isListed(target.provider);
  }
}
