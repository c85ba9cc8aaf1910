import * as anthropic from "./anthropic-answers.ts";
import * as openai from "./openai-answers.ts";
import { type QuestionName, questions } from "./questions.ts";
import { passThroughSubjects, type SubjectName } from "./subject-names.ts";
import { question, text, words } from "./texts.ts";

/** One shape of traffic: what clients ask, what the upstream answers, and what counts as an answer. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Whose dialect the upstream speaks; clients speak OpenAI's. */
  readonly provider: Provider;
  readonly question: QuestionName;
  /** An answer at once, a stream written at once, or a stream with a write for each event. */
  readonly delivery: "whole" | "bursts" | "events";
  /** Of a stream. */
  readonly eventCount: number;
  readonly subjects: readonly SubjectName[];
  requestBody(subject: SubjectName): string;
  /** Single requests a round for the latency probe: about a second's worth. */
  readonly probes: number;
  /** Throws when the answer is not a whole one, so that nothing is ever compared with an error page. */
  check(answer: Answer, subject: SubjectName | "upstream"): void;
}

export type Provider = "openai" | "anthropic";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface VendorAnswers {
  readonly whole: string;
  /** Of a stream of so many events. */
  events(count: number): readonly string[];
  /** How many words such a stream says. */
  wordCount(eventCount: number): number;
}

/** What the upstream of a provider says. */
export const upstreamAnswers: Readonly<Record<Provider, VendorAnswers>> = {
  openai: { whole: openai.completion, events: openai.events, wordCount: openai.wordCount },
  anthropic: { whole: anthropic.message, events: anthropic.events, wordCount: anthropic.wordCount },
};

const models: Readonly<Record<Provider, string>> = {
  openai: "gpt-4o-mini",
  anthropic: "claude-sonnet-4-5",
};

const base = ["nginx", "bare-bun", "before", "dragoman"] as const;
const peers = [...base, "portkey"] as const;

const routes = [
  "before-balanced",
  "dragoman-balanced",
  "before-prompts",
  "dragoman-prompts",
  "dragoman-cached",
  "dragoman-cached-by-meaning",
  "dragoman-limited",
] as const;

const shapes: Readonly<Record<QuestionName, string>> = {
  "1k": "",
  "text-100k": ", asked with one text of 100 KB",
  "text-400k": ", asked with one text of 400 KB",
  "agent-400k": ", asked with 80 messages and 100 tools, 400 KB",
  "images-400k": ", asked with ten images, 400 KB",
};

export const scenarios: readonly Scenario[] = [
  scenario("chat", "openai", "whole", { subjects: [...base, ...routes, "portkey"] }),
  scenario("stream-bursts", "openai", "bursts", { subjects: peers }),
  scenario("stream-events", "openai", "events", { subjects: peers }),
  scenario("anthropic-chat", "anthropic", "whole", { subjects: peers }),
  scenario("anthropic-bursts", "anthropic", "bursts", { subjects: peers }),
  scenario("anthropic-events", "anthropic", "events", { subjects: peers }),
  ...(["text-100k", "text-400k", "agent-400k", "images-400k"] as const).flatMap((shape) => [
    scenario(`chat-${shape}`, "openai", "whole", { question: shape }),
    scenario(`anthropic-chat-${shape}`, "anthropic", "whole", { question: shape }),
  ]),
  scenario("stream-bursts-2000", "openai", "bursts", { eventCount: 2_000 }),
  scenario("anthropic-bursts-2000", "anthropic", "bursts", { eventCount: 2_000 }),
];

type Options = Partial<Pick<Scenario, "question" | "eventCount" | "subjects">>;

function scenario(
  name: string,
  provider: Provider,
  delivery: Scenario["delivery"],
  { question: shape = "1k", eventCount = 100, subjects = base }: Options,
): Scenario {
  const isStreamed = delivery !== "whole";
  const asked = questions[shape]();
  const expected = isStreamed
    ? words(upstreamAnswers[provider].wordCount(eventCount)).join("")
    : text;
  return {
    name,
    about: about(provider, shape, delivery, eventCount),
    provider,
    question: shape,
    delivery,
    eventCount,
    subjects,
    probes: delivery === "events" ? 10 : 200,
    requestBody: (subject) =>
      JSON.stringify({
        model: models[provider],
        ...(subject.endsWith("-prompts") ? templated : asked),
        temperature: 0.2,
        ...(provider === "anthropic" && { max_tokens: 512 }),
        ...(isStreamed && { stream: true }),
      }),
    check({ status, text: body }, subject) {
      const isUntranslated = subject === "upstream" || passThroughSubjects.has(subject);
      const said = status === 200 ? spoken(body, isStreamed, isUntranslated, provider) : undefined;
      if (said === expected) return;
      throw new Error(
        `no whole answer came back: ${status} ${body.slice(0, 200)} … ${body.slice(-100)}`,
      );
    },
  };
}

function about(
  provider: Provider,
  shape: QuestionName,
  delivery: Scenario["delivery"],
  eventCount: number,
): string {
  const answers = {
    whole: "whole answers",
    bursts: `${eventCount.toLocaleString("en")} events written at once`,
    events: `${eventCount} events written one by one, a millisecond apart (which bounds requests/s)`,
  }[delivery];
  const pair =
    provider === "openai"
      ? "OpenAI to OpenAI"
      : "OpenAI to Anthropic (nginx and bare-bun translate nothing)";
  return `${pair}, ${answers}${shapes[shape]}`;
}

function spoken(body: string, isStreamed: boolean, isUntranslated: boolean, provider: Provider) {
  if (isUntranslated && provider === "anthropic") {
    return isStreamed ? anthropic.textOfEvents(body) : anthropic.textOfMessage(body);
  }
  return isStreamed ? openai.textOfChunks(body) : openai.textOfCompletion(body);
}

/** The same question, by way of a template of the configuration. */
const templated = { messages: "{template://ask}", properties: { question } };
