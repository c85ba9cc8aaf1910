import type { JsonObject } from "../chat/json.ts";
import { rejectsSampling } from "./model-families.ts";
import type { Operation } from "./provider.ts";

const SAMPLING = ["temperature", "top_p", "top_k"];

/** A body in Anthropic's own dialect may ask for what the selected model does not take. */
export function adaptForClaude(wire: JsonObject, { routeType, model }: Operation): JsonObject {
  const isText = routeType === "llm/v1/chat" || routeType === "llm/v1/completions";
  if (!isText || !SAMPLING.some((member) => member in wire)) return wire;
  if (!rejectsSampling(model)) return wire;
  const { temperature: _t, top_p: _p, top_k: _k, ...rest } = wire;
  return rest;
}
