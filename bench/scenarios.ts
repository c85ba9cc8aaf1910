/** One shape of traffic: what clients ask, what the upstream answers, and what counts as an answer. */
export interface Scenario {
  readonly name: "chat" | "stream-bursts" | "stream-events";
  readonly about: string;
  readonly requestBody: string;
  /** Single requests a round for the latency probe: about a second's worth. */
  readonly probes: number;
  /** Throws when the answer is not a whole one, so that nothing is ever compared with an error page. */
  check(answer: Answer): void;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export const streamedEvents = 100;

const question = "Which of these words means a guide and interpreter between languages? ".repeat(
  13,
);
const sentence =
  "A dragoman was an interpreter, translator and guide between languages of the Near East. ";

/** About 1 KB. */
function requestBody(stream: boolean): string {
  return JSON.stringify({
    model: "gpt-4o-mini",
    messages: [
      { role: "system", content: "Answer in one short sentence." },
      { role: "user", content: question },
    ],
    temperature: 0.2,
    ...(stream ? { stream: true } : {}),
  });
}

/** About 1.5 KB. */
export const completion = JSON.stringify({
  id: "chatcmpl-9f8e7d6c5b4a39281706f5e4d3c2b1a0",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: sentence.repeat(13).trim(), refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 218, completion_tokens: 247, total_tokens: 465 },
  system_fingerprint: "fp_0ba0d124f1",
});

export const streamEvents: readonly string[] = [
  ...Array.from({ length: streamedEvents - 1 }, (_, index) =>
    chunk({
      delta: index === 0 ? { role: "assistant", content: "" } : { content: ` word${index}` },
      finish_reason: null,
    }),
  ),
  chunk({ delta: {}, finish_reason: "stop" }),
  "data: [DONE]\n\n",
];

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

export const scenarios: readonly Scenario[] = [
  {
    name: "chat",
    about: "OpenAI to OpenAI, whole answers",
    requestBody: requestBody(false),
    probes: 200,
    check: checkCompletion,
  },
  {
    name: "stream-bursts",
    about: `OpenAI to OpenAI, ${streamedEvents} events written at once`,
    requestBody: requestBody(true),
    probes: 200,
    check: checkStream,
  },
  {
    name: "stream-events",
    about: `OpenAI to OpenAI, ${streamedEvents} events written one by one, a millisecond apart (which bounds requests/s)`,
    requestBody: requestBody(true),
    probes: 10,
    check: checkStream,
  },
];

function checkCompletion({ status, text }: Answer): void {
  const expected: unknown = JSON.parse(completion).choices[0].message.content;
  const found: unknown =
    status === 200 ? JSON.parse(text)?.choices?.[0]?.message?.content : undefined;
  if (found !== expected)
    throw new Error(`no chat completion came back: ${status} ${text.slice(0, 200)}`);
}

function checkStream({ status, text }: Answer): void {
  const events = text.split("\n").filter((line) => line.startsWith("data: {")).length;
  if (status === 200 && events === streamedEvents && text.trimEnd().endsWith("data: [DONE]"))
    return;
  throw new Error(
    `no whole stream came back: ${status}, ${events} events, ends ${JSON.stringify(text.slice(-100))}`,
  );
}
