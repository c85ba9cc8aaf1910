import { z } from "zod";
import { headerNamed } from "../../framing/header-map.ts";
import type { Call } from "../../gateway/call/call.ts";

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

const matchSchema = z.strictObject({
  type: z
    .enum(["consumer", "consumer_group", "header", "ip", "model", "path", "provider"])
    .describe("What is looked at."),
  key: z
    .string()
    .optional()
    .describe(
      "Header name; for consumer `id` or `username`, either unless set. Groups go by name.",
    ),
  values: z.array(z.string()).min(1).describe("Any of these matches."),
});

const rulesSchema = z
  .array(
    z.strictObject({ match: z.array(matchSchema).min(1).describe("All of these must match.") }),
  )
  .optional();

/** Who may call which targets. */
export const aclsSchema = z
  .strictObject({
    allow: rulesSchema.describe("If there are any, one of them must match."),
    deny: rulesSchema.describe("None of them may match."),
  })
  .describe("Rules for requests. A rule with a provider or a model is checked for each target.");

export type AclOptions = z.output<typeof aclsSchema>;
export type AclMatch = z.output<typeof matchSchema>;
