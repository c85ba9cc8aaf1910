import { text, words } from "./texts.ts";

const head = {
  id: "msg_013Zva2CMHLNnXjNJJKqJ2EF",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  stop_sequence: null,
};

/** About 1.5 KB. */
export const message = JSON.stringify({
  ...head,
  content: [{ type: "text", text }],
  stop_reason: "end_turn",
  usage: {
    input_tokens: 218,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 247,
    service_tier: "standard",
  },
});

/** So many events. https://docs.claude.com/en/docs/build-with-claude/streaming */
export function events(count: number): readonly string[] {
  return [
    event("message_start", {
      message: {
        ...head,
        content: [],
        stop_reason: null,
        usage: { input_tokens: 218, output_tokens: 1 },
      },
    }),
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ...words(wordCount(count)).map((word) =>
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text: word } }),
    ),
    event("content_block_stop", { index: 0 }),
    event("message_delta", {
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 247 },
    }),
    event("message_stop", {}),
  ];
}

export function wordCount(eventCount: number): number {
  return eventCount - 5;
}

function event(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}

export function textOfMessage(body: string): unknown {
  return JSON.parse(body)?.content?.[0]?.text;
}

/** What a stream says; undefined where it does not end as it should. */
export function textOfEvents(body: string): string | undefined {
  if (!body.includes("event: message_stop\n")) return undefined;
  return body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).delta?.text ?? "")
    .join("");
}
