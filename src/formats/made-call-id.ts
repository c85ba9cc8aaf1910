/** OpenAI takes no longer one back (`string_above_max_length`). */
const MAX_LENGTH = 40;

/** For a tool call that the vendor gave no id: the same in every reading, another in every answer. */
export function madeCallId(answerId: string, n: number): string {
  const place = `call_${n}`;
  const kept = answerId.replace(/[^A-Za-z0-9_-]/g, "").slice(place.length + 1 - MAX_LENGTH);
  return kept === "" ? place : `${place}_${kept}`;
}
