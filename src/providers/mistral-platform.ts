import type { JsonObject } from "../chat/json.ts";
import { type CallIds, withCallIds } from "./call-ids.ts";
import { without } from "./openai-dialect.ts";

/** https://mistralai.github.io/mistral-common/usage/tools/ */
const CALL_IDS: CallIds = {
  accepted: /^[a-zA-Z0-9]{9}$/,
  made: (digits) => digits.slice(0, 9),
};

/**
 * The platform refuses members it does not know (https://docs.mistral.ai/api/): `seed` is
 * `random_seed` there, `required` is `any`, and a stream always ends with its usage.
 */
export function adaptForMistralPlatform(wire: JsonObject): JsonObject {
  const { seed, tool_choice } = wire;
  const adapted = withCallIds(without(wire, ["seed", "stream_options"]), CALL_IDS);
  if (seed === undefined && tool_choice !== "required") return adapted;
  return {
    ...adapted,
    ...(seed !== undefined && { random_seed: seed }),
    ...(tool_choice === "required" && { tool_choice: "any" }),
  };
}
