import type { Scenario } from "./scenarios.ts";
import { type SubjectName, subjectNames } from "./subject-names.ts";

/** One subject in one round. */
export interface Sample {
  readonly subject: SubjectName;
  readonly round: number;
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
  /** While all connections ask without a pause. */
  readonly saturatedP50Micros: number;
  readonly saturatedP99Micros: number;
  /** Beside a call straight to the upstream, one at a time. */
  readonly addedP50Micros: number;
  readonly addedP99Micros: number;
  readonly residentKib: number;
}

export interface ScenarioReport {
  readonly scenario: Scenario["name"];
  readonly about: string;
  /** Medians over the rounds. */
  readonly subjects: Partial<Record<SubjectName, Measures>>;
  /** Medians of the rounds' ratios, each within its own round. */
  readonly ratios: Partial<Record<`${SubjectName}/${Base}`, Ratios>>;
  readonly unavailable: Partial<Record<SubjectName, string>>;
}

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: string;
  readonly met: boolean;
}

type Measures = Omit<Sample, "subject" | "round">;
type Base = (typeof bases)[number];
type RatioMeasure = "cpuMicrosPerRequest" | "requestsPerSecond";
type Ratios = Readonly<Record<RatioMeasure, Scatter>>;

/** Over the rounds. */
export interface Scatter {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

const bases = ["nginx", "bare-bun", "before", "portkey"] as const;

export function reportScenario(
  { name, about }: Pick<Scenario, "name" | "about">,
  samples: readonly Sample[],
  unavailable: ScenarioReport["unavailable"],
): ScenarioReport {
  const subjects: ScenarioReport["subjects"] = {};
  const ratios: ScenarioReport["ratios"] = {};
  for (const subject of subjectNames) {
    const own = samples.filter((sample) => sample.subject === subject);
    if (own.length === 0) continue;
    subjects[subject] = medians(own);
    for (const base of bases) {
      const pairs = own.flatMap((sample) => pairWith(base, sample, samples));
      if (subject !== base && pairs.length > 0) ratios[`${subject}/${base}`] = ratiosOf(pairs);
    }
  }
  return { scenario: name, about, subjects, ratios, unavailable };
}

/** The promises of the project; only those whose subjects were measured. */
export function reportTargets(reports: readonly ScenarioReport[]): readonly Target[] {
  const of = (name: Scenario["name"]) => reports.find(({ scenario }) => scenario === name);
  const speed = (name: Scenario["name"]) =>
    of(name)?.ratios["dragoman/portkey"]?.requestsPerSecond.median;
  const cost = (name: Scenario["name"]) =>
    of(name)?.ratios["dragoman/nginx"]?.cpuMicrosPerRequest.median;
  const chat = of("chat")?.subjects;
  const above = (name: SubjectName) =>
    chat?.[name] && chat.dragoman
      ? round(chat[name].cpuMicrosPerRequest - chat.dragoman.cpuMicrosPerRequest)
      : undefined;
  return [
    ...atLeast("chat: requests/s over Portkey", speed("chat"), 15),
    ...atMost("chat: CPU per request over nginx", cost("chat"), 3.5),
    ...atMost("chat: CPU µs of balancing", above("dragoman-balanced"), 10),
    ...atMost("chat: CPU µs of all prompt plugins", above("dragoman-prompts"), 60),
    ...atMost("chat: CPU µs of key-auth and a limit", above("dragoman-limited"), 20),
    ...atMost(
      "chat: CPU µs of an exact hit of the cache",
      chat?.["dragoman-cached"]?.cpuMicrosPerRequest,
      60,
    ),
    ...atLeast("anthropic-chat: requests/s over Portkey", speed("anthropic-chat"), 12),
    ...atLeast("anthropic-bursts: requests/s over Portkey", speed("anthropic-bursts"), 8),
    ...atMost("anthropic-events: CPU per stream over nginx", cost("anthropic-events"), 1.3),
  ];
}

function atLeast(name: string, value: number | undefined, limit: number): readonly Target[] {
  return value === undefined ? [] : [{ name, value, limit: `>= ${limit}`, met: value >= limit }];
}

function atMost(name: string, value: number | undefined, limit: number): readonly Target[] {
  return value === undefined ? [] : [{ name, value, limit: `<= ${limit}`, met: value <= limit }];
}

/** Linear between the two nearest; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

function medians(samples: readonly Sample[]): Measures {
  const median = (measure: keyof Measures) =>
    round(
      quantile(
        samples.map((sample) => sample[measure]),
        0.5,
      ),
    );
  return {
    cpuMicrosPerRequest: median("cpuMicrosPerRequest"),
    requestsPerSecond: median("requestsPerSecond"),
    saturatedP50Micros: median("saturatedP50Micros"),
    saturatedP99Micros: median("saturatedP99Micros"),
    addedP50Micros: median("addedP50Micros"),
    addedP99Micros: median("addedP99Micros"),
    residentKib: median("residentKib"),
  };
}

function pairWith(
  base: Base,
  sample: Sample,
  samples: readonly Sample[],
): readonly [Sample, Sample][] {
  const other = samples.find(
    ({ subject, round: when }) => subject === base && when === sample.round,
  );
  return other === undefined ? [] : [[sample, other]];
}

function ratiosOf(pairs: readonly [Sample, Sample][]): Ratios {
  const ratio = (measure: RatioMeasure): Scatter => {
    const values = pairs.map(([sample, base]) => sample[measure] / base[measure]);
    const at = (share: number) => round(quantile(values, share));
    return { median: at(0.5), lowest: at(0), highest: at(1) };
  };
  return {
    cpuMicrosPerRequest: ratio("cpuMicrosPerRequest"),
    requestsPerSecond: ratio("requestsPerSecond"),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
