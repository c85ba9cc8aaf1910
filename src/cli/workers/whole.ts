import { type AdminAnswer, type AdminQuestion, jsonAnswer } from "../../admin/admin-messages.ts";
import { mergedMetrics, withoutGauges } from "../../telemetry/merged-metrics.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** The metrics of all workers as one process would tell them. `own` are the supervisor's. */
export function groupMetrics(own: () => string) {
  const last = new Map<WorkerProcess, string>();
  /** What workers that are gone have counted, as far as they were asked: a counter never falls. */
  let gone = "";
  return {
    gone(worker: WorkerProcess): void {
      const text = last.get(worker);
      last.delete(worker);
      if (text !== undefined) gone = mergedMetrics([gone, withoutGauges(text)]);
    },
    async text(workers: readonly WorkerProcess[]): Promise<string> {
      const texts = await Promise.all(
        workers.map(async (worker) => {
          const answer = await worker.ask({ method: "GET", path: "/metrics" });
          if (answer && worker.phase !== "gone") last.set(worker, answer.body);
          return worker.phase === "gone" ? "" : (last.get(worker) ?? "");
        }),
      );
      return mergedMetrics([own(), gone, ...texts]);
    },
  };
}

/** Each worker keeps answers of its own in memory: one that is asked for is whoever's has it, and all forget. */
export async function keptAnswers(
  workers: readonly WorkerProcess[],
  question: AdminQuestion,
): Promise<AdminAnswer> {
  const answers = await Promise.all(workers.map((worker) => worker.ask(question)));
  const heard = answers.filter((answer) => answer !== undefined);
  const done = heard.find(({ status }) => status < 300);
  if (question.method === "DELETE" && heard.length < workers.length) {
    return jsonAnswer({ message: "A worker did not answer; ask again" }, 503);
  }
  return done ?? heard[0] ?? jsonAnswer({ message: "No worker answers" }, 503);
}
