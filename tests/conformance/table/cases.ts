import type OpenAI from "openai";
import { APIError } from "openai";

type Create = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Completion = OpenAI.Chat.ChatCompletion;
type Chunk = OpenAI.Chat.ChatCompletionChunk;

/** One client's line to one provider; `traits` say how the lab behaves behind it. */
export interface Line {
  readonly estimatesStreamUsage: boolean;
  ask(body: Omit<Create, "model">, traits?: string): Promise<Completion>;
  stream(body: Omit<Create, "model">, traits?: string): Promise<readonly Chunk[]>;
}

/** A row of the table. Throws what is wrong. */
export interface TableCase {
  readonly name: string;
  run(line: Line): Promise<void>;
}

const user = (content: OpenAI.Chat.ChatCompletionUserMessageParam["content"]) => ({
  role: "user" as const,
  content,
});

const weather: OpenAI.Chat.ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } },
      required: ["city"],
    },
  },
};
const time: OpenAI.Chat.ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_time",
    parameters: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
  },
};

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PDF = Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n").toString("base64");

export const TABLE_CASES: readonly TableCase[] = [
  {
    name: "plain",
    async run({ ask }) {
      const answer = await ask({ messages: [user("Say hello.")] });
      equal(answer.object, "chat.completion");
      equal(answer.choices.length, 1);
      equal(answer.choices[0]?.message.role, "assistant");
      ok(
        textOf(answer).includes("Say hello."),
        `the answer is about the question: ${textOf(answer)}`,
      );
      equal(answer.choices[0]?.finish_reason, "stop");
      ok(answer.id !== "" && Number.isInteger(answer.created), "id and created are there");
    },
  },
  {
    name: "multi-turn",
    async run({ ask }) {
      const answer = await ask({
        messages: [
          { role: "system", content: "Be brief." },
          user("One."),
          { role: "assistant", content: "First." },
          user("Two."),
        ],
      });
      ok(textOf(answer).includes("Two."), textOf(answer));
    },
  },
  {
    name: "stream",
    async run({ ask, stream }) {
      const body = { messages: [user("Say hello.")] };
      const chunks = await stream(body);
      const whole = await ask(body);
      equal(textOfChunks(chunks), textOf(whole));
      const first = chunks.find(({ choices }) => choices.length > 0);
      equal(first?.choices[0]?.delta.role, "assistant");
      const ids = chunks.filter(({ choices }) => choices.length > 0).map(({ id }) => id);
      equal(new Set(ids).size, 1);
      deepEqual(finishReasons(chunks), ["stop"]);
    },
  },
  {
    name: "tools",
    async run({ ask }) {
      const answer = await ask({ messages: [user("Weather in Paris?")], tools: [weather] });
      equal(answer.choices[0]?.finish_reason, "tool_calls");
      const [call] = callsOf(answer);
      equal(call?.function.name, "get_weather");
      ok(call?.id !== "", "the call has an id");
      ok(typeof JSON.parse(call?.function.arguments ?? "").city === "string", "the arguments fit");
    },
  },
  {
    name: "tools, streamed",
    async run({ ask, stream }) {
      const body = { messages: [user("Weather in Paris?")], tools: [weather] };
      const chunks = await stream(body);
      const [call] = callsOf(await ask(body));
      const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
      equal(deltas[0]?.function?.name, "get_weather");
      equal(deltas[0]?.index, 0);
      const streamed = deltas.map((delta) => delta.function?.arguments ?? "").join("");
      deepEqual(JSON.parse(streamed), JSON.parse(call?.function.arguments ?? ""));
      deepEqual(finishReasons(chunks), ["tool_calls"]);
    },
  },
  {
    name: "parallel tools",
    async run({ ask, stream }) {
      const body = { messages: [user("Weather and time?")], tools: [weather, time] };
      const calls = callsOf(await ask(body, "parallel-tools"));
      equal(calls.length, 2);
      equal(new Set(calls.map(({ id }) => id)).size, 2);
      const chunks = await stream(body, "parallel-tools");
      const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
      deepEqual([...new Set(deltas.map(({ index }) => index))], [0, 1]);
    },
  },
  {
    name: "forced tool",
    async run({ ask }) {
      const answer = await ask({
        messages: [user("Either.")],
        tools: [weather, time],
        tool_choice: { type: "function", function: { name: "get_time" } },
      });
      deepEqual(
        callsOf(answer).map((call) => call.function.name),
        ["get_time"],
      );
    },
  },
  {
    name: "tool results",
    async run({ ask }) {
      const question = user("Weather in Paris?");
      const first = await ask({ messages: [question], tools: [weather] });
      const calls = callsOf(first);
      const answer = await ask({
        messages: [
          question,
          { role: "assistant", content: null, tool_calls: calls },
          ...calls.map(({ id }) => ({
            role: "tool" as const,
            tool_call_id: id,
            content: '{"sky":"clear-4711"}',
          })),
        ],
        tools: [weather],
      });
      ok(textOf(answer).includes("clear-4711"), textOf(answer));
    },
  },
  {
    name: "image",
    async run({ ask }) {
      const answer = await ask({
        messages: [
          user([
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
          ]),
        ],
      });
      ok(
        /image\/png|png/i.test(textOf(answer)) || textOf(answer).includes("image"),
        textOf(answer),
      );
    },
  },
  {
    name: "document",
    async run({ ask }) {
      const answer = await ask({
        messages: [
          user([
            { type: "text", text: "Summarise." },
            {
              type: "file",
              file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` },
            },
          ]),
        ],
      });
      ok(/pdf|document|file/i.test(textOf(answer)), textOf(answer));
    },
  },
  {
    name: "JSON schema",
    async run({ ask, stream }) {
      const body = {
        messages: [user("A person.")],
        response_format: {
          type: "json_schema" as const,
          json_schema: {
            name: "person",
            strict: true,
            schema: {
              type: "object",
              properties: { name: { type: "string" }, age: { type: "integer" } },
              required: ["name", "age"],
              additionalProperties: false,
            },
          },
        },
      };
      const answer = await ask(body);
      equal(answer.choices[0]?.finish_reason, "stop");
      const person = JSON.parse(textOf(answer));
      ok(typeof person.name === "string" && Number.isInteger(person.age), textOf(answer));
      deepEqual(JSON.parse(textOfChunks(await stream(body))), person);
    },
  },
  {
    name: "reasoning",
    async run({ ask, stream }) {
      const body = { messages: [user("Think.")], reasoning_effort: "medium" as const };
      const answer = await ask(body, "reasoning");
      const reasoning = reasoningOf(answer);
      ok(reasoning !== "", "the reasoning comes out");
      ok(textOf(answer) !== "", "and the answer too");
      const chunks = await stream(body, "reasoning");
      const streamed = chunks
        .map(({ choices }) => member(choices[0]?.delta, "reasoning_content"))
        .join("");
      equal(streamed, reasoning);
      const again = await ask(
        {
          ...body,
          messages: [...body.messages, asTurn(answer), user("And now?")],
        },
        "reasoning",
      );
      ok(textOf(again) !== "", "the reasoning goes back in");
    },
  },
  {
    name: "finish: length",
    async run({ ask, stream }) {
      const body = { messages: [user("Long.")], max_tokens: 5 };
      equal((await ask(body, "long")).choices[0]?.finish_reason, "length");
      deepEqual(finishReasons(await stream(body, "long")), ["length"]);
    },
  },
  {
    name: "finish: content_filter",
    async run({ ask, stream }) {
      const body = { messages: [user("Something.")] };
      equal((await ask(body, "content-filter")).choices[0]?.finish_reason, "content_filter");
      deepEqual(finishReasons(await stream(body, "content-filter")), ["content_filter"]);
    },
  },
  {
    name: "stop sequences",
    async run({ ask }) {
      const plain = textOf(await ask({ messages: [user("Say hello.")] }));
      const word = plain.split(" ")[2] ?? "";
      const cut = textOf(await ask({ messages: [user("Say hello.")], stop: [word] }));
      ok(cut.length < plain.length, `cut at ${word}: ${cut}`);
    },
  },
  {
    name: "usage",
    async run({ ask, stream, estimatesStreamUsage }) {
      const body = { messages: [user("Count me.")] };
      const { usage } = await ask(body);
      ok(
        (usage?.prompt_tokens ?? 0) > 0 && (usage?.completion_tokens ?? 0) > 0,
        JSON.stringify(usage),
      );
      equal(usage?.total_tokens, (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
      const chunks = await stream({ ...body, stream_options: { include_usage: true } } as never);
      const last = chunks.at(-1);
      deepEqual(last?.choices, []);
      ok((last?.usage?.total_tokens ?? 0) > 0, JSON.stringify(last?.usage));
      if (estimatesStreamUsage) return;
      equal(last?.usage?.prompt_tokens, usage?.prompt_tokens);
      equal(last?.usage?.completion_tokens, usage?.completion_tokens);
    },
  },
  ...[400, 401, 404, 429, 500].map((status) => ({
    name: `error ${status}`,
    async run({ ask }: Line) {
      const error = await ask({ messages: [user("Fail.")] }, String(status)).catch(
        (one: unknown) => one,
      );
      if (!(error instanceof APIError)) throw new Error(`no APIError: ${String(error)}`);
      equal(error.status, status);
    },
  })),
  {
    name: "broken stream",
    async run({ stream }) {
      const broken = stream({ messages: [user("Break.")] }, "eof-mid-stream");
      const error = await broken.then(
        () => undefined,
        (one: unknown) => one,
      );
      ok(error instanceof Error, "the client is told");
    },
  },
];

function textOf(answer: Completion): string {
  return answer.choices[0]?.message.content ?? "";
}

function textOfChunks(chunks: readonly Chunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
}

function callsOf(answer: Completion) {
  const calls = answer.choices[0]?.message.tool_calls ?? [];
  return calls.filter((call) => call.type === "function");
}

function finishReasons(chunks: readonly Chunk[]): string[] {
  return chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []);
}

function reasoningOf(answer: Completion): string {
  return member(answer.choices[0]?.message, "reasoning_content");
}

/** A member that OpenAI's types do not know. */
function member(value: unknown, name: string): string {
  const found = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : "";
}

/** An answer's message as the next request's history, opaque members and all. */
function asTurn(answer: Completion): OpenAI.Chat.ChatCompletionAssistantMessageParam {
  const {
    refusal: _,
    annotations: __,
    ...message
  } = answer.choices[0]?.message ?? {
    role: "assistant" as const,
    content: "",
  };
  return message as OpenAI.Chat.ChatCompletionAssistantMessageParam;
}

function ok(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

function equal(actual: unknown, expected: unknown): void {
  ok(Object.is(actual, expected), `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

function deepEqual(actual: unknown, expected: unknown): void {
  ok(
    Bun.deepEquals(actual, expected),
    `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`,
  );
}
