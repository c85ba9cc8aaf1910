import { isObject, type JsonObject } from "../json-schema.ts";
import { wrong } from "./anthropic-check.ts";
import { blocksOf, listOf } from "./anthropic-rules.ts";

/** What the version of October 2026 refuses and its forerunner takes. */
const STRICTER_SINCE = "2026-10-21";
const SAMPLING = ["temperature", "top_p", "top_k"];

export function checkVersion(wire: JsonObject, version: string): void {
  if (version < STRICTER_SINCE) return;
  for (const member of SAMPLING) {
    if (wire[member] !== undefined) throw wrong(member, "Extra inputs are not permitted");
  }
  listOf(wire["messages"]).forEach((message, i) => {
    blocksOf(message).forEach((block, k) => {
      const at = `messages.${i}.content.${k}`;
      const isOfAssistant = message["role"] === "assistant";
      if (isOfAssistant && block["type"] === "document") {
        throw wrong(at, "`document` blocks are not permitted in assistant messages");
      }
      if (!isOfAssistant && isCited(block)) {
        throw wrong(`${at}.text.citations`, "citations are not permitted on user text blocks");
      }
    });
  });
}

function isCited({ type, citations }: JsonObject): boolean {
  return type === "text" && Array.isArray(citations) && citations.some(isObject);
}
