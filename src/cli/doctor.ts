import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Config, LoadResult } from "../config/config.ts";
import { readEnvironment } from "../config/environment/environment.ts";
import type { Listen } from "../config/environment/parse-setting.ts";
import { HeaderMap } from "../framing/header-map.ts";
import { type Asked, askProvider } from "../plugins/model-list/known-models.ts";
import type { TargetConfig } from "../providers/target-schema.ts";
import { defineCommand, print, refuseArguments } from "./command.ts";
import { ADMIN, adminListens, PROXY, proxyListens } from "./listeners.ts";
import { ListenError, listening } from "./listening.ts";
import { processMemoryBytes } from "./memory-limit.ts";
import { chooseSource, loadOrigin, problemLine, type Source } from "./source.ts";

export const doctor = defineCommand({
  name: "doctor",
  about:
    "Looks for what would keep the gateway from serving: the machine, addresses, the file, and each provider's key and clock.",
  operands: "[FILE]",
  options: {
    listen: {
      type: "string",
      value: "HOST:PORT",
      about: `Where calls would be taken; ${PROXY} unless set.`,
    },
    admin: {
      type: "string",
      value: "HOST:PORT",
      about: `Where health and metrics would be told; ${ADMIN} unless set.`,
    },
    offline: { type: "boolean", about: "Ask no provider." },
    json: { type: "boolean", about: "List the findings as JSON." },
  },
  async run({ listen, admin, offline, json }, [file, ...more]) {
    refuseArguments(more);
    const findings: Finding[] = [];
    const tell = async (found: readonly Finding[]) => {
      findings.push(...found);
      if (!json) for (const finding of found) await print(line(finding));
    };
    const { settings, problems } = readEnvironment({ env: process.env, readFile });
    await tell(machineFindings());
    await tell(
      problems.map((problem) => ({
        about: "environment",
        verdict: problem.severity,
        message: problemLine(problem),
      })),
    );
    await tell(await addressFindings(proxyListens(listen, settings), "--listen"));
    await tell(await addressFindings(adminListens(admin, settings), "--admin"));
    const source = await chooseSource(file, settings);
    try {
      const loaded = loadOrigin(source.origin);
      await tell([fileFinding(source, loaded)]);
      if ("config" in loaded && !offline) await tell(await providerFindings(loaded.config));
    } finally {
      await source.close();
    }
    if (json) await print(JSON.stringify(findings, null, 2));
    return findings.some(({ verdict }) => verdict === "error") ? 1 : 0;
  },
});

function line({ about, verdict, message }: Finding): string {
  return `${verdict.padEnd(8)} ${about.padEnd(12)} ${message}`;
}

function fileFinding({ name }: Source, loaded: LoadResult): Finding {
  const about = "file";
  if ("config" in loaded) {
    const count = loaded.config.warnings.length;
    if (count === 0) return { about, verdict: "ok", message: `${name} is valid` };
    const message = `${name} is valid, with ${count} to look at: see \`dragoman check\``;
    return { about, verdict: "warning", message };
  }
  const [first, ...others] = loaded.problems;
  const more = others.length > 0 ? `, and ${others.length} more: see \`dragoman check\`` : "";
  const message = `${name} is not valid: ${first ? problemLine(first) : ""}${more}`;
  return { about, verdict: "error", message };
}

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}

/** One thing that `dragoman doctor` has looked at. */
export interface Finding {
  /** A word or two. */
  readonly about: string;
  /** `unknown` where it could not be found out. */
  readonly verdict: "ok" | "warning" | "error" | "unknown";
  /** What was found, and what to do where that is not well. */
  readonly message: string;
}

const MIB = 1024 * 1024;

/** A busy gateway beside the runtime's own 60 MiB; bodies may take a quarter of what there is. */
const SMALL_MEMORY_BYTES = 256 * MIB;

/** A streamed call takes two: the client's connection and the provider's. */
const FEW_FILES = 4096;

/** What the machine gives: the runtime, cores, memory, and how many files may be open. */
export function machineFindings(): readonly Finding[] {
  const memoryBytes = processMemoryBytes();
  const runtime = `Bun ${Bun.version} on ${process.platform} ${process.arch}`;
  const memory = `${availableParallelism()} cores, ${Math.floor(memoryBytes / MIB)} MiB of memory`;
  return [
    { about: "runtime", verdict: "ok", message: runtime },
    memoryBytes < SMALL_MEMORY_BYTES
      ? {
          about: "machine",
          verdict: "warning",
          message: `${memory}, which is little: give it ${SMALL_MEMORY_BYTES / MIB}`,
        }
      : { about: "machine", verdict: "ok", message: memory },
    ...openFiles(),
  ];
}

/** Not told on a machine without a POSIX shell. */
function openFiles(): readonly Finding[] {
  if (process.platform === "win32") return [];
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -n"]);
  const said = stdout.toString().trim();
  const message = `${said} files may be open at once`;
  if (said === "unlimited" || Number(said) >= FEW_FILES)
    return [{ about: "open files", verdict: "ok", message }];
  const calls = Math.floor(Number(said) / 2);
  return [
    {
      about: "open files",
      verdict: "warning",
      message: `${message}, enough for some ${calls} calls: raise it with \`ulimit -n\`, or LimitNOFILE in a unit file`,
    },
  ];
}

/** Whether each address can be listened on. */
export function addressFindings(
  listens: readonly Listen[],
  option: "--listen" | "--admin",
): Promise<readonly Finding[]> {
  return Promise.all(listens.map((listen) => addressFinding(listen, option)));
}

async function addressFinding(
  { host, port }: Listen,
  option: "--listen" | "--admin",
): Promise<Finding> {
  const about = option === "--listen" ? "gateway" : "admin";
  const hostname = host.replace(/^\[(.*)\]$/, "$1");
  try {
    const held = await listening({ hostname, port, option }, () =>
      Bun.listen({ hostname, port, socket: { data: () => undefined } }),
    );
    held.stop(true);
    return { about, verdict: "ok", message: `${host}:${port} is free` };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return { about, verdict: "error", message: error.message };
  }
}

/** Each provider's key, by a request for its list of models, which costs nothing; and the clock, by its answers. */
export async function providerFindings({
  plugins,
}: Pick<Config, "plugins">): Promise<readonly Finding[]> {
  const targets = plugins.flatMap(({ definition, options }) => definition.targets?.(options) ?? []);
  // A list stands beside the chat operation, so a target for that is the one to ask.
  const chatLast = targets.toSorted((a, b) => Number(isChat(a)) - Number(isChat(b)));
  const distinct = new Map(chatLast.map((target) => [credentialAndPlace(target), target]));
  const answers = await Promise.all(
    [...distinct.values()].map(async (config) => {
      const asked = await askProvider(config)(HeaderMap.of());
      return { about: config.name ?? config.model.provider, asked, nowMs: Date.now() };
    }),
  );
  const skewsMs = answers.flatMap(({ asked: { dateMs }, nowMs }) =>
    dateMs === undefined ? [] : [Math.abs(nowMs - dateMs)],
  );
  return [...answers.map(({ about, asked }) => keyFinding(about, asked)), clockFinding(skewsMs)];
}

function isChat({ route_type }: TargetConfig): boolean {
  return route_type === "llm/v1/chat";
}

/** The same for targets that differ in nothing but their model and operation. */
function credentialAndPlace({ name, auth, model: { provider, options } }: TargetConfig): string {
  const { upstream_url, ...rest } = options;
  const origin = upstream_url && URL.parse(upstream_url)?.origin;
  return JSON.stringify([name, provider, auth, origin, rest]);
}

function keyFinding(about: string, asked: Asked): Finding {
  if ("models" in asked) {
    return {
      about,
      verdict: "ok",
      message: `answers, and lists ${asked.models.length} models`,
    };
  }
  const { problem, status, isLasting } = asked;
  if (isLasting) return { about, verdict: "unknown", message: `not asked: ${problem}` };
  const isRefused = status === 401 || status === 403;
  const message = isRefused
    ? `${problem}: see that its key is right, and may list models`
    : problem;
  return { about, verdict: "error", message };
}

/** Cloud signatures and tokens are refused when clocks are minutes apart; a `Date` is right to the second. */
const SKEW_OK_MS = 30_000;
const SKEW_REFUSED_MS = 300_000;

function clockFinding(skewsMs: readonly number[]): Finding {
  const about = "clock";
  if (skewsMs.length === 0)
    return { about, verdict: "unknown", message: "no provider told the time" };
  const skewMs = Math.min(...skewsMs);
  const message = `within ${Math.ceil(skewMs / 1000)} s of the providers'`;
  if (skewMs < SKEW_OK_MS) return { about, verdict: "ok", message };
  const verdict = skewMs < SKEW_REFUSED_MS ? "warning" : "error";
  return { about, verdict, message: `${message}: set it, or signed calls may be refused` };
}
