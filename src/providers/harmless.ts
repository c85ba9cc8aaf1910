import type { Json } from "../chat/json.ts";

/** What vendors do anyway, said aloud. */
const DEFAULTS: Readonly<Record<string, readonly Json[]>> = {
  frequency_penalty: [0],
  logprobs: [false],
  n: [1],
  parallel_tool_calls: [true],
  presence_penalty: [0],
  service_tier: ["auto", "default"],
  store: [false],
  stream: [false],
  temperature: [1],
  tool_choice: ["auto"],
  top_logprobs: [0],
  top_p: [1],
  verbosity: ["medium"],
};

/** What the gateway sees to itself, whoever asks: a report of usage at the end of a stream. */
const OWN: ReadonlySet<string> = new Set(["stream_options"]);

/** Whether nothing is lost when a vendor is not told this. */
export function isHarmless(member: string, value: Json): boolean {
  if (value === null || OWN.has(member)) return true;
  if (typeof value === "object") return Object.keys(value).length === 0;
  return DEFAULTS[member]?.includes(value) ?? false;
}
