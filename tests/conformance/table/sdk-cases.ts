import { deepEqual, equal, ok } from "node:assert/strict";
import type { Sdk, SdkAnswer, SdkQuestion } from "./sdk.ts";

/** An SDK at a lab that behaves as `traits` say. */
export interface SdkLine {
  readonly sdk: Sdk;
  ask(question: SdkQuestion, traits?: string): Promise<SdkAnswer>;
  stream(question: SdkQuestion, traits?: string): Promise<SdkAnswer>;
}

export interface SdkCase {
  readonly name: string;
  run(line: SdkLine): Promise<void>;
}

const user = (text: string) => ({ role: "user" as const, text });
const asking = (text: string): SdkQuestion => ({ turns: [user(text)] });

export const SDK_CASES: readonly SdkCase[] = [
  {
    name: "plain",
    async run({ ask, sdk }) {
      const answer = await ask(asking("Say hello."));
      ok(answer.text.includes("Say hello."), answer.text);
      equal(answer.finish, sdk.words.stop);
    },
  },
  {
    name: "multi-turn",
    async run({ ask }) {
      const answer = await ask({
        turns: [
          { role: "system", text: "Be brief." },
          user("One."),
          { role: "assistant", text: "First." },
          user("Two."),
        ],
      });
      ok(answer.text.includes("Two."), answer.text);
    },
  },
  {
    name: "stream",
    async run({ ask, stream }) {
      const [whole, streamed] = [
        await ask(asking("Say hello.")),
        await stream(asking("Say hello.")),
      ];
      equal(streamed.text, whole.text);
      equal(streamed.finish, whole.finish);
      equal(streamed.inputTokens, whole.inputTokens);
      equal(streamed.outputTokens, whole.outputTokens);
    },
  },
  {
    name: "tools",
    async run({ ask, stream, sdk }) {
      const question: SdkQuestion = { ...asking("Weather in Paris?"), tools: ["get_weather"] };
      const whole = await ask(question);
      equal(whole.finish, sdk.words.tools);
      deepEqual(names(whole), ["get_weather"]);
      ok(isRecord(whole.calls[0]?.input) && typeof whole.calls[0].input["city"] === "string");
      const streamed = await stream(question);
      deepEqual(streamed.calls, whole.calls);
    },
  },
  {
    name: "parallel tools",
    async run({ ask, stream }) {
      const question: SdkQuestion = {
        ...asking("Weather and time?"),
        tools: ["get_weather", "get_time"],
      };
      const whole = await ask(question, "parallel-tools");
      deepEqual(names(whole), ["get_weather", "get_time"]);
      deepEqual((await stream(question, "parallel-tools")).calls, whole.calls);
    },
  },
  {
    name: "tool results",
    async run({ ask, sdk }) {
      const question: SdkQuestion = { ...asking("Weather in Paris?"), tools: ["get_weather"] };
      const answer = await ask(question);
      const results = ["Sunny, 20 degrees"];
      const next = await ask({ ...question, after: { answer, results } });
      ok(next.text !== "", "the result is answered");
      equal(next.finish, sdk.words.stop);
    },
  },
  {
    name: "image",
    async run({ ask }) {
      const answer = await ask({ ...asking("What is this?"), file: "image" });
      ok(/an image/.test(answer.text), answer.text);
    },
  },
  {
    name: "document",
    async run({ ask }) {
      const answer = await ask({ ...asking("What is this?"), file: "document" });
      ok(/a file/.test(answer.text), answer.text);
    },
  },
  {
    name: "structured output",
    async run({ ask }) {
      const answer = await ask({ ...asking("A city."), isStructured: true });
      const value: unknown = JSON.parse(answer.text);
      ok(isRecord(value) && typeof value["city"] === "string", answer.text);
    },
  },
  {
    name: "reasoning round trip",
    async run({ ask, stream }) {
      const question: SdkQuestion = { ...asking("Why?"), isThinking: true };
      const answer = await ask(question, "reasoning");
      ok(answer.reasoning !== "", "it thinks");
      equal((await stream(question, "reasoning")).reasoning, answer.reasoning);
      const next = await ask({ ...question, after: { answer, text: "And then?" } });
      ok(next.text.includes("And then?"), next.text);
    },
  },
  {
    name: "finish: length",
    async run({ ask, sdk }) {
      const answer = await ask({ ...asking("Say hello to the whole wide world."), maxTokens: 2 });
      equal(answer.finish, sdk.words.length);
    },
  },
  {
    name: "usage",
    async run({ ask }) {
      const short = await ask(asking("One."));
      const long = await ask(asking("One two three four five six seven."));
      ok(long.inputTokens > short.inputTokens, "a longer question counts more");
      ok(short.outputTokens > 0, "the answer counts");
    },
  },
  ...[400, 401, 404, 429, 500].map((status) => ({
    name: `error ${status}`,
    async run({ ask, sdk }: SdkLine) {
      const refused = await ask(asking("a"), String(status)).then(
        () => undefined,
        (error: unknown) => sdk.statusOf(error),
      );
      equal(refused, status);
    },
  })),
];

const names = (answer: SdkAnswer) => answer.calls.map(({ name }) => name);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
