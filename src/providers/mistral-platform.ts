import type { Json, JsonObject } from "../chat/json.ts";
import { type CallIds, withCallIds } from "./call-ids.ts";
import { mistralMessage, mistralTool } from "./mistral-messages.ts";
import { REASONING_MEMBERS, without } from "./openai-dialect.ts";

/** Members of OpenAI's messages that the platform does not know (https://docs.mistral.ai/api/). */
export const MISTRAL_REJECTS: readonly string[] = [
  ...REASONING_MEMBERS,
  "name",
  "annotations",
  "audio",
];

/** Members of OpenAI's requests that it does not know. Tools in the retired form are left for it to refuse. */
const UNKNOWN: readonly string[] = [
  "seed",
  "stream_options",
  "user",
  "safety_identifier",
  "store",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "verbosity",
  "modalities",
  "audio",
  "prompt_cache_retention",
  "web_search_options",
];

/** https://mistralai.github.io/mistral-common/usage/tools/ */
const CALL_IDS: CallIds = {
  accepted: /^[a-zA-Z0-9]{9}$/,
  made: (digits) => digits.slice(0, 9),
};

/**
 * The platform refuses members it does not know: `seed` is `random_seed` there, `required` is `any`,
 * a stream always ends with its usage, and parts of messages have shapes of their own.
 */
export function adaptForMistralPlatform(wire: JsonObject): JsonObject {
  const adapted = withCallIds(without(wire, UNKNOWN), CALL_IDS);
  const messages = changed(adapted.messages, mistralMessage);
  const tools = changed(adapted.tools, mistralTool);
  const { seed, tool_choice } = wire;
  const changes = {
    ...(messages !== adapted.messages && { messages }),
    ...(tools !== adapted.tools && { tools }),
    ...(seed !== undefined && { random_seed: seed }),
    ...(tool_choice === "required" && { tool_choice: "any" }),
  };
  return Object.keys(changes).length === 0 ? adapted : { ...adapted, ...changes };
}

/** The list itself where no item changes. */
function changed(list: Json | undefined, change: (item: Json) => Json): Json | undefined {
  if (!Array.isArray(list)) return list;
  const items = list.map(change);
  return items.some((item, at) => item !== list[at]) ? items : list;
}
