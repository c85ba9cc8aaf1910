import fc from "fast-check";
import type { Message } from "../../src/chat/message.ts";
import type { ChatRequest, ResponseFormat } from "../../src/chat/request.ts";
import type { ChatResponse, ChoicePart } from "../../src/chat/response.ts";
import { ollamaChat } from "../../src/formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../../src/formats/ollama/generate/format.ts";
import { jsonArguments, logprob, record, someText, text, word } from "./arbitraries.ts";
import { holdLaws } from "./hold-laws.ts";

const count = fc.nat({ max: 10_000 });
const amount = fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0);

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";

const image = {
  type: "file",
  mediaType: "image/png",
  source: { kind: "base64", data: PNG },
} as const;

const words = someText.map((said) => [{ type: "text", text: said } as const]);
const call = record({
  type: fc.constant("tool-call" as const),
  id: word,
  name: word,
  arguments: jsonArguments,
});

const message: fc.Arbitrary<Message> = fc.oneof(
  words.map((content): Message => ({ role: "system", content })),
  fc.tuple(words, fc.boolean()).map(
    ([content, sees]): Message => ({
      role: "user",
      content: sees ? [...content, image] : content,
    }),
  ),
  fc
    .tuple(
      fc.option(someText),
      fc.option(someText),
      fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 2 }),
    )
    .map(
      ([thinking, said, calls]): Message => ({
        role: "assistant",
        content: [
          ...(thinking === null ? [] : [{ type: "reasoning", text: thinking } as const]),
          ...(said === null ? [] : [{ type: "text", text: said } as const]),
          ...calls,
        ],
      }),
    ),
  fc.tuple(word, words).map(([callId, content]): Message => ({ role: "tool", callId, content })),
);

const options = {
  maxTokens: fc.nat({ max: 4000 }),
  temperature: amount,
  topP: amount,
  topK: fc.nat({ max: 100 }),
  stop: fc.array(text, { maxLength: 3 }),
  seed: fc.integer(),
  presencePenalty: amount,
  frequencyPenalty: amount,
  responseFormat: fc.constantFrom<ResponseFormat>(
    { type: "json" },
    { type: "json-schema", name: "response", schema: { type: "object" } },
  ),
  reasoning: fc.constantFrom<NonNullable<ChatRequest["reasoning"]>>(
    { effort: "none" },
    { effort: "low" },
    { effort: "high" },
    { adaptive: true },
  ),
  logprobs: record({ top: fc.nat({ max: 20 }) }),
};

const requests: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: word,
    messages: fc.array(message, { maxLength: 5 }),
    stream: fc.boolean(),
  },
  {
    ...options,
    tools: fc.array(
      record(
        {
          type: fc.constant("function" as const),
          name: word,
          parameters: fc.constant({ type: "object", properties: { a: { type: "string" } } }),
        },
        { description: text },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    keepAlive: fc.constant("5m"),
  },
).map(({ keepAlive, ...chat }) =>
  keepAlive === undefined
    ? chat
    : {
        ...chat,
        extra: { keep_alive: keepAlive, options: { num_ctx: 8192 } },
        extraFormat: "ollama-chat",
      },
);

const finish = fc.constantFrom("stop", "length");

function answer(content: fc.Arbitrary<readonly ChoicePart[]>): fc.Arbitrary<ChatResponse> {
  return fc
    .tuple(word, content, finish, fc.option(fc.tuple(count, count)))
    .map(([model, parts, word, counts]) => {
      const called = word === "stop" && parts.some((part) => part.type === "tool-call");
      return {
        id: "",
        model,
        created: 1_600_000_000,
        choices: [
          {
            content: parts,
            finishReason: called ? "tool_calls" : word,
            ...(called && { rawFinishReason: word }),
          },
        ],
        ...(counts && {
          usage: {
            promptTokens: counts[0],
            completionTokens: counts[1],
            totalTokens: counts[0] + counts[1],
          },
        }),
      };
    });
}

const prose = fc
  .tuple(
    fc.option(someText),
    fc.option(someText),
    fc.option(fc.array(logprob, { minLength: 1, maxLength: 2 })),
  )
  .map(([thinking, said, logprobs]): ChoicePart[] => [
    ...(thinking === null ? [] : [{ type: "reasoning", text: thinking } as const]),
    ...(said === null
      ? []
      : [{ type: "text", text: said, ...(logprobs && { logprobs }) } as const]),
  ]);

holdLaws(ollamaChat, {
  requests,
  answers: answer(
    fc
      .tuple(prose, fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 3 }))
      .map((parts) => parts.flat()),
  ),
  members: ["messages", "tools", "format", "think", "options", "logprobs"],
  frames: fc
    .tuple(
      fc.constantFrom("message", "done", "error", "logprobs", "created_at", "eval_count"),
      fc.constantFrom("content", "thinking", "tool_calls"),
      fc.jsonValue(),
    )
    .map(([key, inner, value]) => ({
      model: "x",
      message: { content: "a", [inner]: value },
      ...(key !== "message" && { [key]: value }),
    })),
});

holdLaws(ollamaGenerate, {
  requests: record(
    {
      kind: fc.constant("completion" as const),
      model: word,
      messages: fc.tuple(fc.option(someText), text, fc.boolean()).map(([system, prompt, sees]) => {
        const said: Message = {
          role: "user",
          content: [{ type: "text", text: prompt }, ...(sees ? [image] : [])],
        };
        if (system === null) return [said];
        const told: Message = { role: "system", content: [{ type: "text", text: system }] };
        return [told, said];
      }),
      stream: fc.boolean(),
    },
    options,
  ),
  answers: answer(prose),
  members: ["prompt", "system", "images", "format", "options"],
  frames: fc
    .tuple(
      fc.constantFrom("response", "thinking", "done", "error", "logprobs", "created_at"),
      fc.jsonValue(),
    )
    .map(([key, value]) => ({ model: "x", response: "a", [key]: value })),
});
