/**
 * `npm run bench -- [--rounds N] [--seconds S] [--only NAME] [--before DIR] [--json]`: the gateway and
 * its peers, and with `--before` the gateway of another checkout of this repository,
 * each alone on core 1, the load generator and the upstream on core 0, in interleaved rounds.
 * JSON on stdout; progress on stderr, unless `--json`.
 */
import { existsSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { keepCoresAwake } from "./awake.ts";
import { cleanUpAtExit } from "./children.ts";
import { usageOf } from "./cpu.ts";
import { askOnce, connections, saturate } from "./load.ts";
import { probeAddedLatency, type Request } from "./probe.ts";
import { reportScenario, reportTargets, type Sample, type ScenarioReport } from "./report.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { type SubjectName, subjectNames } from "./subject-names.ts";
import { type Subject, startSubject } from "./subjects.ts";
import { installTools } from "./tools.ts";
import { startUpstream } from "./upstream.ts";

const loadCore = 0;
const subjectCore = 1;
const warmUpSeconds = 2;
const json = { "content-type": "application/json" };

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly scenarios: readonly Scenario[];
  readonly subjects: readonly SubjectName[];
  /** The checkout whose code is measured beside this one's. */
  readonly beforeRoot: string | undefined;
  say(line: string): void;
}

const plan = readPlan();
cleanUpAtExit();
claimCores();
const coresStayAwake = keepCoresAwake();
installTools();
process.exitCode = (await bench(plan)) ? 0 : 1;

async function bench(plan: Plan): Promise<boolean> {
  const reports: ScenarioReport[] = [];
  for (const scenario of plan.scenarios) reports.push(await benchScenario(scenario, plan));
  const targets = reportTargets(reports);
  const { rounds, seconds } = plan;
  const versions = {
    bun: Bun.version,
    node: Bun.spawnSync(["node", "--version"]).stdout.toString().trim(),
  };
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    coresStayAwake,
    ...versions,
  };
  process.stdout.write(
    `${JSON.stringify({ machine, rounds, seconds, connections, targets, scenarios: reports }, null, 2)}\n`,
  );
  return (
    targets.every(({ met }) => met) &&
    reports.every(({ unavailable }) => Object.keys(unavailable).length === 0)
  );
}

async function benchScenario(scenario: Scenario, plan: Plan): Promise<ScenarioReport> {
  const upstream = await startUpstream(scenario, loadCore);
  const url = `http://127.0.0.1:${upstream.port}/v1/chat/completions`;
  const direct = { url, headers: json, body: scenario.requestBody("nginx") };
  scenario.check(await askOnce(direct), "upstream");
  const samples: Sample[] = [];
  const fit = new Map<SubjectName, Subject>();
  const unavailable: ScenarioReport["unavailable"] = {};
  /** A subject that fails once is out for the scenario, with the reason in the report. */
  const orLeaveOut = async (name: SubjectName, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      unavailable[name] = error instanceof Error ? error.message : String(error);
      plan.say(`${scenario.name}: ${name} is left out: ${unavailable[name]}`);
      await fit.get(name)?.stop();
      fit.delete(name);
    }
  };
  for (const name of scenario.subjects.filter((one) => plan.subjects.includes(one))) {
    await orLeaveOut(name, async () => {
      const subject = await startSubject(
        name,
        scenario.provider,
        upstream.port,
        subjectCore,
        plan.beforeRoot ?? "",
      );
      fit.set(name, subject);
      await warmUp(subject, scenario);
    });
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const subject of [...fit.values()]) {
      await orLeaveOut(subject.name, async () => {
        const sample = await measure({ subject, scenario, direct, round, seconds: plan.seconds });
        samples.push(sample);
        plan.say(`${scenario.name} ${round}/${plan.rounds} ${progress(sample)}`);
      });
    }
  }
  await Promise.all([upstream, ...fit.values()].map((each) => each.stop()));
  return reportScenario(scenario, samples, unavailable);
}

async function warmUp(subject: Subject, scenario: Scenario): Promise<void> {
  const request = requestTo(subject, scenario);
  scenario.check(await askOnce(request), subject.name);
  await saturate(request, warmUpSeconds, loadCore);
}

function progress({ subject, cpuMicrosPerRequest, requestsPerSecond }: Sample): string {
  return `${subject}: ${cpuMicrosPerRequest.toFixed(0)} µs CPU, ${requestsPerSecond.toFixed(0)} requests/s`;
}

interface Measurement {
  readonly subject: Subject;
  readonly scenario: Scenario;
  readonly direct: Request;
  readonly round: number;
  readonly seconds: number;
}

async function measure({
  subject,
  scenario,
  direct,
  round,
  seconds,
}: Measurement): Promise<Sample> {
  const request = requestTo(subject, scenario);
  const before = usageOf(subject.pids());
  const load = await saturate(request, seconds, loadCore);
  const after = usageOf(subject.pids());
  const added = await probeAddedLatency(request, direct, scenario.probes);
  return {
    subject: subject.name,
    round,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / load.requests,
    requestsPerSecond: (load.requests * 1_000_000) / load.durationMicros,
    saturatedP50Micros: load.p50Micros,
    saturatedP99Micros: load.p99Micros,
    addedP50Micros: added.p50Micros,
    addedP99Micros: added.p99Micros,
    residentKib: after.residentKib,
  };
}

function requestTo({ name, url, headers }: Subject, scenario: Scenario): Request {
  return { url, headers: { ...json, ...headers }, body: scenario.requestBody(name) };
}

/** Puts this program on the load's core, and says so when the machine cannot give the subjects one of their own. */
function claimCores(): void {
  if (process.platform !== "linux")
    throw new Error("the bench reads /proc and pins cores: it runs on Linux only");
  if (availableParallelism() < 2)
    throw new Error("the bench needs two cores: one for the load, one for the gateway");
  const { exitCode } = Bun.spawnSync([
    "taskset",
    "-a",
    "-pc",
    String(loadCore),
    String(process.pid),
  ]);
  if (exitCode !== 0) throw new Error(`could not move to core ${loadCore} with taskset`);
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "5" },
      only: { type: "string", multiple: true, default: [] },
      before: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const unknown = values.only.filter(
    (name) =>
      !nameIn(
        scenarios.map((each) => each.name),
        name,
      ) && !nameIn(subjectNames, name),
  );
  if (unknown.length > 0) throw new Error(`--only ${unknown[0]}: neither a scenario nor a subject`);
  const chosen = <Name extends string>(names: readonly Name[]) => {
    const named = names.filter((name) => values.only.includes(name));
    return named.length === 0 ? names : named;
  };
  const { before } = values;
  if (before !== undefined && !existsSync(join(before, "bin", "dragoman.mjs")))
    throw new Error(`--before ${before}: no checkout of this repository`);
  const measured = before === undefined ? subjectNames.filter(isOfThisCode) : subjectNames;
  const scenarioNames = chosen(scenarios.map(({ name }) => name));
  return {
    rounds: positiveInteger("--rounds", values.rounds),
    seconds: positiveInteger("--seconds", values.seconds),
    scenarios: scenarios.filter(({ name }) => scenarioNames.includes(name)),
    subjects: chosen(measured),
    beforeRoot: before && resolve(before),
    say: values.json ? () => undefined : (line) => process.stderr.write(`${line}\n`),
  };
}

function isOfThisCode(name: SubjectName): boolean {
  return !name.startsWith("before");
}

function nameIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function positiveInteger(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${option} ${text}: expected a whole number above 0`);
}
