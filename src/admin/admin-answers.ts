import type { OperatorLog } from "../gateway/call/operator-log.ts";
import { METRICS_CONTENT_TYPE } from "../telemetry/metrics.ts";
import { redactText } from "../telemetry/redact.ts";
import {
  type AdminAnswer,
  type AdminQuestion,
  isRead,
  jsonAnswer,
  LIVENESS_PATHS,
} from "./admin-messages.ts";
import { isAnswerStorePath } from "./answer-store-paths.ts";
import { CONFIG_PATHS, type ConfigControl, configAnswer } from "./config-paths.ts";

/** Where what the admin listener says comes from. */
export interface AdminSources {
  readonly operatorLog: OperatorLog;
  /** Why no new calls should come here, or undefined when they may. */
  notReady(): string | undefined;
  /** What calls come here all the same, where not all is as it should be. */
  degraded?(): string | undefined;
  /** All that has been counted, in Prometheus' text format. */
  metrics(): string | Promise<string>;
  /** What is in force, for who may change it. */
  readonly config?: ConfigControl | undefined;
  /** What is kept of answers (`isAnswerStorePath`); undefined where nobody may see it. */
  readonly answerStores: ((question: AdminQuestion) => Promise<AdminAnswer>) | undefined;
}

export type AdminAnswerer = (question: AdminQuestion) => Promise<AdminAnswer>;

/** What the main thread says; never rejects. */
export function adminAnswers(sources: AdminSources): AdminAnswerer {
  const { operatorLog } = sources;
  const readiness = () => {
    const reason = sources.notReady();
    if (reason !== undefined) return jsonAnswer({ status: "not ready", reason }, 503);
    const degraded = sources.degraded?.();
    if (degraded !== undefined) return jsonAnswer({ status: "degraded", reason: degraded });
    return jsonAnswer({ status: "ok" });
  };
  const routes: Readonly<Record<string, () => AdminAnswer | Promise<AdminAnswer>>> = {
    "/readyz": readiness,
    "/status/ready": readiness,
    "/metrics": async () => ({
      status: 200,
      contentType: METRICS_CONTENT_TYPE,
      body: await sources.metrics(),
    }),
    "/openapi.json": description,
  };

  const answered = async (question: AdminQuestion): Promise<AdminAnswer> => {
    const { method, path } = question;
    if (isAnswerStorePath(path)) {
      return sources.answerStores ? await sources.answerStores(question) : onlyHere();
    }
    if (sources.config && CONFIG_PATHS.includes(path)) {
      return await configAnswer(question, sources.config);
    }
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route && !LIVENESS_PATHS.includes(path)) {
      const known = [...LIVENESS_PATHS, ...Object.keys(routes), ...CONFIG_PATHS].join(", ");
      return jsonAnswer({ message: `Not found; here are ${known}` }, 404);
    }
    if (!route || !isRead(method)) return jsonAnswer({ message: "Method not allowed" }, 405);
    return await route();
  };

  return async (question: AdminQuestion): Promise<AdminAnswer> => {
    try {
      return await answered(question);
    } catch (error) {
      adminFailed(error instanceof Error ? error.message : String(error), operatorLog);
      return jsonAnswer({ message: "An unexpected error occurred" }, 500);
    }
  };
}

/** It asks nobody for a credential, so nobody else may see or change anything through it. */
function onlyHere(): AdminAnswer {
  const message =
    "Kept answers are shown and forgotten only where the listener has a loopback address";
  return jsonAnswer({ message }, 403);
}

/** Its schemas take 15 ms to build: not before somebody asks. */
async function description(): Promise<AdminAnswer> {
  const { openApiDocument } = await import("./openapi.ts");
  return jsonAnswer(openApiDocument());
}

export function adminFailed(message: string, operatorLog: OperatorLog): void {
  const [firstLine = ""] = message.split("\n");
  operatorLog.say("error", `the admin listener failed: ${redactText(firstLine)}`);
}
