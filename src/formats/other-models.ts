import { foldedName } from "../chat/folded-name.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";

/**
 * Members beside `model` that name models to some vendors: those to fall back on (OpenRouter's
 * `models`, Anthropic's `fallbacks`), and `model` itself in other letters, for a server that reads
 * names whatever their case (Go's decoder of JSON).
 */
const NAMES: ReadonlySet<string> = new Set(["model", "models", "fallbacks", "fallbackmodels"]);

const M = 0x6d;
const F = 0x66;
const TO_LOWER_CASE = 0x20;

/** The members of a request by which it names other models than `model` does. */
function membersNamingModels(wire: JsonObject): readonly string[] {
  let found: string[] | undefined;
  for (const key in wire) {
    const first = key.charCodeAt(0) | TO_LOWER_CASE;
    if (key === "model" || (first !== M && first !== F)) continue;
    if (NAMES.has(foldedName(key)) && modelsIn(wire[key]).length > 0) {
      found ??= [];
      found.push(key);
    }
  }
  return found ?? [];
}

/** Every model that a request names, in whatever place, beside `model`. */
export function otherModels(wire: JsonObject): readonly string[] {
  return membersNamingModels(wire).flatMap((member) => modelsIn(wire[member]));
}

/** For a route that has chosen the model. `wire` itself where nothing else is named. */
export function withoutOtherModels(wire: JsonObject): {
  readonly wire: JsonObject;
  readonly notices: readonly Notice[];
} {
  const members = membersNamingModels(wire);
  if (members.length === 0) return { wire, notices: [] };
  const reason = "The route has chosen the model.";
  return {
    wire: Object.fromEntries(Object.entries(wire).filter(([name]) => !members.includes(name))),
    notices: members.map((field) => ({ kind: "dropped", field, reason })),
  };
}

/** A word of the vendor's own (Anthropic's `"default"`) names no model. */
const VENDORS_CHOICE = "default";

function modelsIn(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return value === VENDORS_CHOICE ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(modelsIn);
  return isJsonObject(value) ? modelsIn(value["model"]) : [];
}
