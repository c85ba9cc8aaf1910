import * as anthropic from "./anthropic-answers.ts";
import * as openai from "./openai-answers.ts";
import { passThroughSubjects, type SubjectName } from "./subject-names.ts";
import { question, text, words } from "./texts.ts";

/** One shape of traffic: what clients ask, what the upstream answers, and what counts as an answer. */
export interface Scenario {
  readonly name:
    | "chat"
    | "stream-bursts"
    | "stream-events"
    | "anthropic-chat"
    | "anthropic-bursts"
    | "anthropic-events";
  readonly about: string;
  /** Whose dialect the upstream speaks; clients speak OpenAI's. */
  readonly provider: Provider;
  /** An answer at once, a stream written at once, or a stream with a write for each event. */
  readonly delivery: "whole" | "bursts" | "events";
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

/** What the upstream of a provider says. */
export const upstreamAnswers: Readonly<
  Record<Provider, { readonly whole: string; readonly events: readonly string[] }>
> = {
  openai: { whole: openai.completion, events: openai.events },
  anthropic: { whole: anthropic.message, events: anthropic.events },
};

const models: Readonly<Record<Provider, string>> = {
  openai: "gpt-4o-mini",
  anthropic: "claude-sonnet-4-5",
};

const base = ["nginx", "bare-bun", "dragoman"] as const;

export const scenarios: readonly Scenario[] = [
  scenario("chat", "openai", "whole", {
    about: "OpenAI to OpenAI, whole answers",
    subjects: [...base, "dragoman-balanced", "dragoman-prompts", "portkey"],
  }),
  scenario("stream-bursts", "openai", "bursts", {
    about: "OpenAI to OpenAI, 100 events written at once",
    subjects: [...base, "portkey"],
  }),
  scenario("stream-events", "openai", "events", {
    about:
      "OpenAI to OpenAI, 100 events written one by one, a millisecond apart (which bounds requests/s)",
    subjects: [...base, "portkey"],
  }),
  scenario("anthropic-chat", "anthropic", "whole", {
    about: "OpenAI to Anthropic, whole answers (nginx and bare-bun translate nothing)",
    subjects: [...base, "portkey"],
  }),
  scenario("anthropic-bursts", "anthropic", "bursts", {
    about: "OpenAI to Anthropic, 100 events written at once",
    subjects: [...base, "portkey"],
  }),
  scenario("anthropic-events", "anthropic", "events", {
    about:
      "OpenAI to Anthropic, 100 events written one by one, a millisecond apart (which bounds requests/s)",
    subjects: [...base, "portkey"],
  }),
];

function scenario(
  name: Scenario["name"],
  provider: Provider,
  delivery: Scenario["delivery"],
  more: Pick<Scenario, "about" | "subjects">,
): Scenario {
  const isStreamed = delivery !== "whole";
  return {
    name,
    provider,
    delivery,
    probes: delivery === "events" ? 10 : 200,
    ...more,
    requestBody: (subject) =>
      JSON.stringify({
        model: models[provider],
        ...(subject === "dragoman-prompts" ? templated : { messages }),
        temperature: 0.2,
        ...(provider === "anthropic" && { max_tokens: 512 }),
        ...(isStreamed && { stream: true }),
      }),
    check({ status, text: body }, subject) {
      const isUntranslated = subject === "upstream" || passThroughSubjects.has(subject);
      const said = status === 200 ? spoken(body, isStreamed, isUntranslated, provider) : undefined;
      const expected = isStreamed ? words(provider === "openai" ? 98 : 95).join("") : text;
      if (said === expected) return;
      throw new Error(
        `no whole answer came back: ${status} ${body.slice(0, 200)} … ${body.slice(-100)}`,
      );
    },
  };
}

function spoken(body: string, isStreamed: boolean, isUntranslated: boolean, provider: Provider) {
  if (isUntranslated && provider === "anthropic") {
    return isStreamed ? anthropic.textOfEvents(body) : anthropic.textOfMessage(body);
  }
  return isStreamed ? openai.textOfChunks(body) : openai.textOfCompletion(body);
}

const messages = [
  { role: "system", content: "Answer in one short sentence." },
  { role: "user", content: question },
];

/** The same question, by way of a template of the configuration. */
const templated = { messages: "{template://ask}", properties: { question } };
