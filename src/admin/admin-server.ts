import type { OperatorLog } from "../gateway/call/operator-log.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import { METRICS_CONTENT_TYPE } from "../telemetry/metrics.ts";
import { redactText } from "../telemetry/redact.ts";
import {
  type AdminAnswer,
  type AdminQuestion,
  type FromAdmin,
  isRead,
  jsonAnswer,
  LIVENESS_PATHS,
  type ToAdmin,
} from "./admin-messages.ts";
import { tokenDigest } from "./admin-token.ts";
import { answerStores, isAnswerStorePath } from "./answer-store-paths.ts";
import { CONFIG_PATHS, type ConfigControl, configAnswer } from "./config-paths.ts";
import { isLoopback } from "./host-guard.ts";

export interface AdminOptions {
  readonly hostname: string;
  readonly port: number;
  /** What is told of. */
  readonly processState: ProcessState;
  /** Why no new calls should come here, or undefined when they may. */
  notReady(): string | undefined;
  /** How long the main thread may not have moved until `/livez` says so; 60 s unless said. */
  readonly staleAfterMs?: number;
  readonly configAccess?: ConfigAccess;
}

/** The configuration, and the token of whoever may change it. */
export interface ConfigAccess {
  readonly control: ConfigControl;
  /** Nobody may, without. */
  readonly token: string | undefined;
}

/** Work on the largest bodies and files takes seconds at worst. */
const STALE_AFTER_MS = 60_000;
const BEATS_PER_SPAN = 60;

/**
 * The listener for whoever runs the gateway: `/livez`, `/readyz` (and Kong's `/status`, `/status/ready`),
 * `/metrics`, and `/openapi.json`, which describes what clients ask. It needs no credentials; it listens on the
 * loopback address unless told otherwise, and there answers nobody who takes it for a name on the web. On that
 * address alone it also shows and forgets answers that plugins keep. Whoever has the admin token may load another
 * configuration (`/config`), and go back to one before.
 *
 * A thread of its own holds it, so that whether the process is alive is told even while the main
 * thread is busy; everything else is asked of the main thread. Rejects with the system's error, `code`
 * and all, where the address cannot be listened on.
 */
export async function startAdminServer(options: AdminOptions) {
  const { hostname, port, processState, staleAfterMs = STALE_AFTER_MS, configAccess } = options;
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const heart = setInterval(() => Atomics.add(beats, 0, 1), staleAfterMs / BEATS_PER_SPAN);
  heart.unref();
  const thread = new Worker(new URL("admin-thread.ts", import.meta.url).href);
  thread.unref();
  const ask = answerer(options);
  const listening = Promise.withResolvers<number>();
  const stopped = Promise.withResolvers<void>();
  const tell = (message: ToAdmin) => thread.postMessage(message);

  thread.onmessage = ({ data }: MessageEvent<FromAdmin>) => {
    switch (data.type) {
      case "listening":
        return listening.resolve(data.port);
      case "failed":
        return listening.reject(Object.assign(new Error(data.message), { code: data.code }));
      case "asked":
        return void ask(data).then((answer) => tell({ type: "answered", id: data.id, ...answer }));
      case "stopped":
        return stopped.resolve();
    }
  };
  thread.onerror = ({ message }) => {
    failed(message, processState.operatorLog);
    listening.reject(new Error(message));
    stopped.resolve();
  };
  const end = () => {
    clearInterval(heart);
    thread.terminate();
  };
  const token = configAccess?.token;
  tell({
    type: "listen",
    hostname,
    port,
    beats: beats.buffer,
    staleAfterMs,
    ...(token !== undefined && { tokenDigest: tokenDigest(token) }),
  });
  try {
    return {
      hostname,
      port: await listening.promise,
      async stop(): Promise<void> {
        tell({ type: "stop" });
        await stopped.promise;
        end();
      },
    };
  } catch (cause) {
    end();
    throw cause;
  }
}

/** What the main thread says; never rejects. */
function answerer({ hostname, notReady, processState, configAccess }: AdminOptions) {
  const { answerStores: stores, metrics, operatorLog } = processState;
  const readiness = () => {
    const reason = notReady();
    if (reason === undefined) return jsonAnswer({ status: "ok" });
    return jsonAnswer({ status: "not ready", reason }, 503);
  };
  const routes: Readonly<Record<string, () => AdminAnswer | Promise<AdminAnswer>>> = {
    "/readyz": readiness,
    "/status/ready": readiness,
    "/metrics": () => ({
      status: 200,
      contentType: METRICS_CONTENT_TYPE,
      body: metrics.text(),
    }),
    "/openapi.json": description,
  };

  const answered = async (question: AdminQuestion): Promise<AdminAnswer> => {
    const { method, path } = question;
    if (isAnswerStorePath(path)) {
      return isLoopback(hostname) ? await answerStores(question, stores) : onlyHere();
    }
    if (configAccess && CONFIG_PATHS.includes(path)) {
      return await configAnswer(question, configAccess.control);
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
      failed(error instanceof Error ? error.message : String(error), operatorLog);
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

function failed(message: string, operatorLog: OperatorLog): void {
  const [firstLine = ""] = message.split("\n");
  operatorLog.say("error", `the admin listener failed: ${redactText(firstLine)}`);
}
