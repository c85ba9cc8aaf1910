import type { ConfigChange, ConfigControl } from "../../admin/config-paths.ts";
import type { Problem } from "../../config/config.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { GatewayMetrics } from "../../telemetry/gateway-metrics.ts";
import { type OriginText, originText, type Source } from "../source.ts";
import { type Generation, Generations, type Trigger } from "./generations.ts";
import type { Refusal } from "./next-gateway.ts";

export interface ReloaderOptions {
  readonly source: Source;
  /** What was read of it, and is in force. */
  readonly first: OriginText;
  readonly operatorLog: OperatorLog;
  readonly metrics: Pick<GatewayMetrics, "configGeneration" | "configLastReloadSuccess">;
  /**
   * Builds a configuration whole and lets it take the place of the one in force, or says why not and leaves
   * everything as it was. Never called before the last one is done. An aborted signal ends it without a change.
   */
  adopt(
    origin: OriginText,
    signal: AbortSignal,
  ): Promise<{ readonly warnings: readonly Problem[] } | Refusal>;
}

/** Changes of configuration, one after the other, whoever asks for them; and what was in force before. */
export interface Reloader extends ConfigControl {
  /** Reads the source again, once more where it is being read. A file that is the same is left alone unless a signal asks. */
  reread(trigger: Extract<Trigger, "signal" | "file">): void;
  /** Ends what goes on; resolves once it has ended. */
  stop(): Promise<void>;
}

const SHUTTING_DOWN = "the gateway is shutting down";

export function createReloader(options: ReloaderOptions): Reloader {
  const { source, operatorLog, metrics, adopt } = options;
  const generations = new Generations(options.first, Date.now);
  const stopping = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let isRereadWaiting = false;
  let isAdminChanging = false;
  metrics.configGeneration.set(1);
  metrics.configLastReloadSuccess.set(1);

  async function change(origin: OriginText, keep: () => Generation): Promise<ConfigChange> {
    if (stopping.signal.aborted) return { refused: SHUTTING_DOWN, problems: [] };
    const adopted = await adopt(origin, stopping.signal);
    if (stopping.signal.aborted) return { refused: SHUTTING_DOWN, problems: [] };
    if ("refused" in adopted) return refuse(origin.name, adopted);
    const { number, trigger } = keep();
    metrics.configLastReloadSuccess.set(1);
    metrics.configGeneration.set(number);
    operatorLog.tell({
      level: "notice",
      event: "config_reloaded",
      sentence: `configuration reloaded: generation ${number}, ${BECAUSE[trigger]}`,
      facts: { generation: number, trigger },
    });
    return { generation: number, problems: adopted.warnings };
  }

  function refuse(name: string, { refused, problems }: Refusal): ConfigChange {
    metrics.configLastReloadSuccess.set(0);
    const sentence = `${name} ${refused}; it was not loaded, and the one in force stays`;
    operatorLog.tell({ level: "error", event: "config_refused", sentence });
    return { refused: sentence, problems };
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  /** Whoever asks over the admin listener waits for an answer; more than one of them at once is a mistake. */
  async function forAdmin(work: () => Promise<ConfigChange>): Promise<ConfigChange> {
    if (isAdminChanging) return { conflict: "another configuration is being loaded; ask again" };
    isAdminChanging = true;
    return inTurn(work).finally(() => {
      isAdminChanging = false;
    });
  }

  async function reread(trigger: Trigger): Promise<void> {
    isRereadWaiting = false;
    let origin: OriginText;
    try {
      origin = originText(source.origin);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refuse(source.name, { refused: `is not usable: ${why}`, problems: [] });
      return;
    }
    if (trigger === "file" && generations.isInForce(origin.text)) return;
    await change(origin, () => generations.add(origin, trigger));
  }

  return {
    reread(trigger) {
      if (isRereadWaiting || stopping.signal.aborted) return;
      isRereadWaiting = true;
      void inTurn(() => reread(trigger));
    },
    load: (text) =>
      forAdmin(() => {
        const origin = { text, name: POSTED };
        return change(origin, () => generations.add(origin, "admin"));
      }),
    rollBack: (number) =>
      forAdmin(async () => {
        const earlier = generations.earlier(number);
        if (!earlier) {
          const conflict = noneEarlier(number, generations);
          operatorLog.say("warn", `the configuration was not rolled back: ${conflict}`);
          return { conflict };
        }
        return change(earlier.origin, () => generations.addAgain(earlier));
      }),
    generations: () => generations.all.map((one) => shown(one, generations.inForce)),
    async stop() {
      stopping.abort(new Error(SHUTTING_DOWN));
      await last;
    },
  };
}

/** What problems call a configuration that came over the admin listener. */
const POSTED = "(posted)";

const BECAUSE: Readonly<Record<Trigger, string>> = {
  start: "as it was at the start",
  signal: "asked for by a signal",
  file: "as the file has changed",
  admin: "posted to the admin listener",
  rollback: "rolled back",
};

function noneEarlier(number: number | undefined, { all, inForce }: Generations): string {
  if (number === inForce.number) return `generation ${number} is in force already`;
  const kept = `kept are ${all.map((one) => one.number).join(", ")}`;
  return number === undefined
    ? `nothing that was in force before is kept; ${kept}`
    : `generation ${number} is not kept; ${kept}`;
}

/** Nothing of its text, which may hold secrets. */
function shown({ origin, first, sinceEpochMs, ...one }: Generation, inForce: Generation) {
  return {
    generation: one.number,
    in_force: one.number === inForce.number,
    since: new Date(sinceEpochMs).toISOString(),
    trigger: one.trigger,
    ...(first !== one.number && { same_as: first }),
    name: origin.name,
    bytes: one.bytes,
    sha256: one.sha256,
  };
}
