import type { Scenario } from "./scenarios.ts";
import { type SubjectName, subjectNames } from "./subject-names.ts";

/** One subject in one round. */
export interface Sample {
  readonly subject: SubjectName;
  readonly round: number;
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
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
type Ratios = Pick<Measures, "cpuMicrosPerRequest" | "requestsPerSecond">;

const bases = ["nginx", "portkey"] as const;

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
      if (subject !== base && pairs.length > 0) ratios[`${subject}/${base}`] = medianRatios(pairs);
    }
  }
  return { scenario: name, about, subjects, ratios, unavailable };
}

/** The promises of the project; only those whose subjects were measured. */
export function reportTargets(reports: readonly ScenarioReport[]): readonly Target[] {
  const chat = reports.find(({ scenario }) => scenario === "chat");
  const speed = chat?.ratios["dragoman/portkey"]?.requestsPerSecond;
  const cost = chat?.ratios["dragoman/nginx"]?.cpuMicrosPerRequest;
  const single = chat?.subjects.dragoman?.cpuMicrosPerRequest;
  const balanced = chat?.subjects["dragoman-balanced"]?.cpuMicrosPerRequest;
  const balancing = single === undefined || balanced === undefined ? undefined : balanced - single;
  return [
    ...(speed === undefined
      ? []
      : [{ name: "chat requests/s over Portkey", value: speed, limit: ">= 15", met: speed >= 15 }]),
    ...(cost === undefined
      ? []
      : [
          {
            name: "chat CPU per request over nginx",
            value: cost,
            limit: "<= 3.5",
            met: cost <= 3.5,
          },
        ]),
    ...(balancing === undefined
      ? []
      : [
          {
            name: "chat CPU µs per request of balancing, over a single target",
            value: round(balancing),
            limit: "<= 10",
            met: balancing <= 10,
          },
        ]),
  ];
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

function medianRatios(pairs: readonly [Sample, Sample][]): Ratios {
  const ratio = (measure: keyof Ratios) =>
    round(
      quantile(
        pairs.map(([sample, base]) => sample[measure] / base[measure]),
        0.5,
      ),
    );
  return {
    cpuMicrosPerRequest: ratio("cpuMicrosPerRequest"),
    requestsPerSecond: ratio("requestsPerSecond"),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
