import type { JsonObject } from "../chat/json.ts";
import { withMistralCallIds } from "./mistral-call-ids.ts";
import { without } from "./openai-dialect.ts";

/**
 * The platform refuses members it does not know (https://docs.mistral.ai/api/): `seed` is
 * `random_seed` there, `required` is `any`, and a stream always ends with its usage.
 */
export function adaptForMistralPlatform(wire: JsonObject): JsonObject {
  const { seed, tool_choice } = wire;
  const adapted = withMistralCallIds(without(wire, ["seed", "stream_options"]));
  if (seed === undefined && tool_choice !== "required") return adapted;
  return {
    ...adapted,
    ...(seed !== undefined && { random_seed: seed }),
    ...(tool_choice === "required" && { tool_choice: "any" }),
  };
}
