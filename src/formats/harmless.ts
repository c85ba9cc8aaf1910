import { isJsonObject, type Json } from "../chat/json.ts";

/**
 * What members of OpenAI's dialect are where nobody writes them
 * (https://platform.openai.com/docs/api-reference/chat/create): to leave these out loses nothing.
 */
const DEFAULTS: Readonly<Record<string, Json>> = {
  n: 1,
  best_of: 1,
  temperature: 1,
  top_p: 1,
  top_logprobs: 0,
  presence_penalty: 0,
  frequency_penalty: 0,
  repetition_penalty: 1,
  logprobs: false,
  echo: false,
  store: false,
  stream: false,
  strict: false,
  include_usage: false,
  parallel_tool_calls: true,
  tool_choice: "auto",
  function_call: "auto",
  service_tier: "auto",
  truncation: "disabled",
  verbosity: "medium",
  detail: "auto",
  encoding_format: "float",
};

/** Whether it is the same to the vendor if this member is left out. */
export function isHarmless(field: string, value: Json): boolean {
  if (isEmpty(value)) return true;
  const name = field.slice(field.lastIndexOf(".") + 1);
  switch (name) {
    case "response_format":
      return isJsonObject(value) && value["type"] === "text";
    case "modalities":
      return Array.isArray(value) && value.every((one) => one === "text");
  }
  return Object.hasOwn(DEFAULTS, name) && DEFAULTS[name] === value;
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && !JSON.isRawJSON(value) && Object.keys(value).length === 0;
}
