import { readFileSync } from "node:fs";
import { createGateway } from "../app.ts";
import {
  type EnvironmentSettings,
  environmentCertificate,
  readEnvironment,
} from "../config/environment/environment.ts";
import { parseWorkers } from "../config/environment/parse-setting.ts";
import { createOperatorLog } from "../gateway/call/operator-log.ts";
import { usableConfig } from "./check.ts";
import { defineCommand, refuseArguments, UsageError } from "./command.ts";
import {
  ADMIN,
  adminListens,
  PROXY,
  proxyListens,
  serverCertificates,
  sharedOptions,
} from "./listeners.ts";
import { processOutput, terminals } from "./operator-output.ts";
import { serve, serverState, supervisorState } from "./serve.ts";
import { chooseSource, loadOrigin, originText, problemLine } from "./source.ts";
import { supervise } from "./workers/supervise.ts";
import { workerCount } from "./workers/worker-count.ts";

export const start = defineCommand({
  name: "start",
  about:
    "Starts the gateway; without a file, with whatever providers the environment has keys for.",
  operands: "[FILE]",
  options: {
    config: {
      type: "string",
      short: "c",
      value: "FILE",
      about: "The configuration; the same as FILE.",
    },
    listen: {
      type: "string",
      value: "HOST:PORT",
      about: `Where calls are taken; ${PROXY} unless set.`,
    },
    admin: {
      type: "string",
      value: "HOST:PORT",
      about: `Where health and metrics are told; ${ADMIN} unless set.`,
    },
    "drain-grace": {
      type: "string",
      value: "S",
      default: "5",
      about: "At SIGTERM: seconds until no new calls are taken.",
    },
    "drain-deadline": {
      type: "string",
      value: "S",
      default: "30",
      about: "Seconds that calls under way may then take.",
    },
    watch: {
      type: "boolean",
      about: "Load the file again whenever it changes; without it a SIGHUP does.",
    },
    workers: {
      type: "string",
      value: "N",
      about:
        "Processes that serve calls, behind one port (Linux): a number, or auto for one a core.",
    },
    "no-warm-up": {
      type: "boolean",
      about: "Be ready at once; without it up to a second of made-up calls comes first.",
    },
    quiet: {
      type: "boolean",
      about:
        "On a terminal: no line for each call. What changes and what fails is told all the same.",
    },
  },
  async run(values, operands) {
    const [file = values.config, ...more] = operands;
    refuseArguments(values.config === undefined ? more : operands);
    const environment = readEnvironment({ env: process.env, readFile });
    if (environment.problems.length > 0) {
      for (const problem of environment.problems) console.error(problemLine(problem));
      if (environment.problems.some(({ severity }) => severity === "error")) return 1;
    }
    const { settings } = environment;
    const certificate = environmentCertificate(settings, readFile);
    if ("problem" in certificate) {
      console.error(problemLine(certificate.problem));
      return 1;
    }
    const proxies = proxyListens(values.listen, settings);
    const admins = adminListens(values.admin, settings);
    const drain = {
      graceMs: seconds(values["drain-grace"]) * 1000,
      deadlineMs: seconds(values["drain-deadline"]) * 1000,
    };
    const asked = askedWorkers(values.workers, settings);
    const isQuiet = values.quiet === true;
    const isWarmedUp = values["no-warm-up"] !== true;
    const source = await chooseSource(file, settings);
    const isWatched = values.watch === true;
    if (isWatched && !("file" in source.origin)) {
      throw new UsageError("--watch needs a file: dragoman start FILE --watch");
    }
    const text = originText(source.origin);
    const config = usableConfig(loadOrigin(text), createOperatorLog(settings.logLevel));
    if (!config) {
      console.error(`dragoman: ${source.name} has problems; nothing was started`);
      return 1;
    }
    const workers = workerCount(asked ?? config.workers ?? 1);
    const processState = workers > 1 ? supervisorState(settings) : serverState(settings, 1);
    const output = processOutput(terminals(isQuiet), processState);
    const certificates = serverCertificates(config, certificate.pair);
    try {
      const { adminToken } = settings;
      if (workers > 1) {
        const plan = {
          source,
          text,
          proxies,
          admins,
          workers,
          drain,
          isWarmedUp,
          isQuiet,
          isWatched,
          adminToken,
        };
        return await supervise(plan, { processState, output });
      }
      const first = createGateway(config, processState);
      const shared = { ...sharedOptions(settings), onCall: output.onCall };
      const wanted = { proxies, admins, shared, certificates };
      const served = { first, source, text, output, isWarmedUp, isWatched, adminToken };
      return await serve(served, wanted, drain);
    } finally {
      await output.close();
      processState.operatorLog.setOutput(undefined);
    }
  },
});

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}

function askedWorkers(flag: string | undefined, { workers }: EnvironmentSettings) {
  if (flag === undefined) return workers;
  const parsed = parseWorkers(flag);
  if ("fault" in parsed) throw new UsageError(parsed.fault);
  return parsed.value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new UsageError(`'${text}' is no number of seconds`);
  return value;
}
