import type { AskedTarget } from "../../gateway/call/admission.ts";
import type { Call } from "../../gateway/call/call.ts";
import { addressBlocks } from "../address-blocks.ts";
import type { RateLimitOptions } from "./options.ts";

type Match = NonNullable<NonNullable<RateLimitOptions["policies"]>[number]["match"]>[number];

/** What a policy is for. */
export interface PolicyMatch {
  /** It says nothing, and is for what no other policy is for. */
  readonly isFallback: boolean;
  /** Whether it is only known for a target. */
  readonly needsTarget: boolean;
  /** The values that have counters of their own; undefined where it does not match. */
  values(call: Call, target: AskedTarget | undefined): readonly string[] | undefined;
}

export function matcher(matches: readonly Match[]): PolicyMatch {
  const ready = matches.map((match) => ({ match, accepts: accepting(match) }));
  return {
    isFallback: matches.length === 0,
    needsTarget: matches.some(({ type }) => type === "model" || type === "provider"),
    values(call, target) {
      const values: string[] = [];
      for (const { match, accepts } of ready) {
        const found = valuesOf(match, call, target).find((value) => accepts(value));
        if (found === undefined) return undefined;
        if (match.partition_by) values.push(found);
      }
      return values;
    },
  };
}

/** What a call has of a kind; of a consumer's names the first is the one that counters are named by. */
function valuesOf(match: Match, call: Call, target: AskedTarget | undefined): readonly string[] {
  switch (match.type) {
    case "consumer":
      return consumerNames(match.key, call);
    case "consumer_group":
      return call.consumer?.groups ?? [];
    case "header":
      return present(call.request.headers.get(match.key ?? ""));
    case "ip":
      return [call.record.clientIp];
    case "model":
      return present(target?.requestedModel);
    case "path":
      return [call.request.path];
    case "provider":
      return present(target?.provider);
  }
}

function consumerNames(key: string | undefined, { consumer }: Call): readonly string[] {
  if (!consumer) return [];
  const { id, username, customId } = consumer;
  switch (key) {
    case "username":
      return present(username);
    case "custom_id":
      return present(customId);
    case "id":
      return [id];
    default:
      return [id, ...present(username), ...present(customId)];
  }
}

function present(value: string | null | undefined): readonly string[] {
  return value ? [value] : [];
}

/** Addresses match blocks too; a path matches what stands below it. */
function accepting({ type, values }: Match): (value: string) => boolean {
  if (!values) return () => true;
  if (type === "ip") return addressBlocks(values);
  const wanted = new Set(values);
  if (type !== "path") return (value) => wanted.has(value);
  return (path) => values.some((value) => path === value || path.startsWith(below(value)));
}

function below(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
