import { text, words } from "./texts.ts";

/** About 1.5 KB. */
export const completion = JSON.stringify({
  id: "chatcmpl-9f8e7d6c5b4a39281706f5e4d3c2b1a0",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: text, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 218, completion_tokens: 247, total_tokens: 465 },
  system_fingerprint: "fp_0ba0d124f1",
});

/** So many events and the end. */
export function events(count: number): readonly string[] {
  return [
    chunk({ delta: { role: "assistant", content: "" }, finish_reason: null }),
    ...words(wordCount(count)).map((content) => chunk({ delta: { content }, finish_reason: null })),
    chunk({ delta: {}, finish_reason: "stop" }),
    "data: [DONE]\n\n",
  ];
}

export function wordCount(eventCount: number): number {
  return eventCount - 2;
}

function chunk(choice: object): string {
  const event = {
    id: "chatcmpl-9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, ...choice }],
  };
  return `data: ${JSON.stringify(event)}\n\n`;
}

export function textOfCompletion(body: string): unknown {
  return JSON.parse(body)?.choices?.[0]?.message?.content;
}

/** What a stream says; undefined where it does not end as it should. */
export function textOfChunks(body: string): string | undefined {
  if (!body.trimEnd().endsWith("data: [DONE]")) return undefined;
  return body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta.content ?? "")
    .join("");
}
