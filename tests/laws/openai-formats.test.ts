import { expect, test } from "bun:test";
import fc from "fast-check";
import { expand } from "../../src/chat/expand.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { openaiCompletions } from "../../src/formats/openai/completions/format.ts";
import { withoutUsageChunk } from "../../src/formats/openai/usage-chunk-filter.ts";
import {
  chatRequest,
  chatResponse,
  flatContent,
  logprob,
  record,
  someText,
  text,
  word,
} from "./arbitraries.ts";
import { concat, encodeStream, expectSplitLaw, run, textOf } from "./format-laws.ts";
import { holdLaws } from "./hold-laws.ts";

const answers = chatResponse(flatContent);
/** An answer with a time of its own: the encoder would else write the context's. */
const timed = answers.map((answer) => ({ ...answer, created: 1_600_000_000 }));

const misplaced = fc.constantFrom("choices", "delta", "tool_calls", "usage", "error", "function");

holdLaws(openaiChat, {
  requests: chatRequest,
  answers: timed,
  frames: fc.tuple(misplaced, fc.jsonValue()).map(([member, value]) => ({
    id: "x",
    choices: [{ index: 0, delta: { content: "a", [member]: value }, [member]: value }],
    [member]: value,
  })),
  members: ["messages", "tools", "tool_choice", "stop", "n", "response_format"],
});

/** The text is as long as its tokens say, or no tokens are told. */
const prose = fc
  .oneof(
    record({ type: fc.constant("text" as const), text: someText }),
    record({
      type: fc.constant("text" as const),
      text: someText,
      logprobs: fc.array(logprob, { minLength: 1, maxLength: 2 }),
    }),
  )
  .map((part) => [part]);

const completions = chatResponse(prose).map((answer) => ({
  ...answer,
  created: 1_600_000_000,
}));

const completionRequest = fc
  .tuple(chatRequest, text, fc.dictionary(word, fc.boolean(), { noNullPrototype: true }))
  .map(([chat, prompt, members]) => {
    const { tools, toolChoice, parallelToolCalls, responseFormat, ...rest } = chat;
    const { reasoning, serviceTier, ...seated } = rest;
    const extra = Object.fromEntries(
      Object.entries(members).map(([name, value]) => [`x_${name}`, value]),
    );
    const kept = Object.keys(extra).length > 0;
    return {
      ...seated,
      kind: "completion" as const,
      messages: [{ role: "user" as const, content: [{ type: "text" as const, text: prompt }] }],
      ...(kept && { extra, extraFormat: "openai-completions" }),
    };
  });

const textMember = fc.constantFrom("choices", "text", "logprobs", "usage", "error", "index");

holdLaws(openaiCompletions, {
  requests: completionRequest,
  answers: completions,
  frames: fc.tuple(textMember, fc.jsonValue()).map(([member, value]) => ({
    id: "x",
    choices: [{ index: 0, text: "a", [member]: value }],
    [member]: value,
  })),
  members: ["prompt", "stop", "n", "logprobs", "max_tokens", "stream_options"],
});

test("the usage filter takes only the usage report out of any stream, however it is cut", () => {
  fc.assert(
    fc.property(timed, (answer) => {
      const bytes = encodeStream(openaiChat, expand(answer));
      const frames = textOf(bytes).split(/(?<=\n\n)/);
      const kept = frames.filter((frame) => !frame.includes('"choices":[],'));
      const filter = () => withoutUsageChunk();
      expect(textOf(concat(run(filter(), bytes)))).toBe(kept.join(""));
      expectSplitLaw(filter, bytes, concat);
    }),
    { numRuns: 3 },
  );
});

test("an event that is read where it stands says what it does when it is taken apart", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", '"', "\\", " word"));
  const stream = (texts: readonly string[], field: string, lineEnd: string) => {
    const chunk = (delta: object, finish: string | null) =>
      `${field}${JSON.stringify({ id: "c", choices: [{ index: 0, delta, finish_reason: finish }] })}`;
    const events = [...texts.map((content) => chunk({ content }, null)), chunk({}, "stop")];
    return [...events, `${field}[DONE]`].map((event) => event + lineEnd + lineEnd).join("");
  };
  const read = (body: string) => {
    const decoder = openaiChat.streamDecoder({ contentType: "text/event-stream" });
    return [...decoder.push(new TextEncoder().encode(body)), ...decoder.end()];
  };
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 12 }),
      fc.constantFrom("\n", "\r\n"),
      (texts, lineEnd) => {
        // Without the blank behind the colon no event is known by its looks.
        expect(read(stream(texts, "data: ", lineEnd))).toEqual(
          read(stream(texts, "data:", lineEnd)),
        );
      },
    ),
  );
});
