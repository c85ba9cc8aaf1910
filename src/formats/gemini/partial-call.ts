import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

/** A function call whose arguments come in pieces. */
export interface PartialCall {
  readonly signature: string | undefined;
  /** Reads one piece; true when it was the last. */
  push(wire: JsonObject): boolean;
  whole(): JsonObject;
}

/**
 * Vertex AI streams arguments as values at JSON paths when it is asked to
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling). Their order
 * in the object is not theirs in time, so the call is told when it is whole.
 */
export function partialCall(signature: string | undefined): PartialCall {
  const args: Record<string, Json> = {};
  let head: JsonObject = {};

  function push(wire: JsonObject): boolean {
    const { args: wholeArgs, partialArgs, willContinue, ...rest } = wire;
    head = { ...head, ...rest };
    if (isJsonObject(wholeArgs)) Object.assign(args, wholeArgs);
    for (const piece of Array.isArray(partialArgs) ? partialArgs : []) {
      if (isJsonObject(piece) && typeof piece.jsonPath === "string") {
        put(args, stepsOf(piece.jsonPath), valueIn(piece));
      }
    }
    return willContinue !== true;
  }

  return { signature, push, whole: () => ({ ...head, args }) };
}

type Step = string | number;
type Holder = Record<Step, Json>;

/** Longest array a path may ask for: it comes from outside. */
const MAX_INDEX = 100_000;

/** `$.a['b'][0]` as its steps (RFC 9535, the singular part of it). */
function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  for (const [, name, quoted, index] of path.matchAll(
    /\.([^.[\]]+)|\[['"]((?:[^'"\\]|\\.)*)['"]\]|\[(\d+)\]/g,
  )) {
    if (index !== undefined) steps.push(Math.min(Number(index), MAX_INDEX));
    else steps.push(name ?? quoted ?? "");
  }
  return steps;
}

function valueIn(piece: JsonObject): Json {
  const { stringValue, numberValue, boolValue } = piece;
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** Texts at one path are pieces of one text. */
function put(root: Record<string, Json>, steps: readonly Step[], value: Json) {
  let holder: Holder = root;
  for (const [i, step] of steps.entries()) {
    const known = Object.hasOwn(holder, step) ? holder[step] : undefined;
    const next = steps[i + 1];
    if (next === undefined) {
      const joined = typeof known === "string" && typeof value === "string" ? known + value : value;
      define(holder, step, joined);
      return;
    }
    const inner =
      typeof known === "object" && known !== null ? known : typeof next === "number" ? [] : {};
    if (inner !== known) define(holder, step, inner);
    holder = inner as Holder;
  }
}

/** Also for a member named `__proto__`, which is data here. */
function define(holder: Holder, step: Step, value: Json) {
  const flags = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(holder, step, { value, ...flags });
}
