import type { OperatorLog } from "../gateway/call/operator-log.ts";
import type { ProcessState } from "../gateway/call/process-state.ts";
import {
  type AdminAnswerer,
  type AdminSources,
  adminAnswers,
  adminFailed,
} from "./admin-answers.ts";
import type { FromAdmin, ToAdmin } from "./admin-messages.ts";
import { tokenDigest } from "./admin-token.ts";
import { answerStores } from "./answer-store-paths.ts";
import type { ConfigControl } from "./config-paths.ts";
import { isLoopback } from "./host-guard.ts";

interface Place {
  readonly hostname: string;
  readonly port: number;
  /** How long the main thread may not have moved until `/livez` says so; 60 s unless said. */
  readonly staleAfterMs?: number;
}

export interface AdminOptions extends Place {
  /** What is told of. */
  readonly processState: ProcessState;
  /** Why no new calls should come here, or undefined when they may. */
  notReady(): string | undefined;
  readonly configAccess?: ConfigAccess;
}

/** The configuration, and the token of whoever may change it. */
export interface ConfigAccess {
  readonly control: ConfigControl;
  /** Nobody may, without. */
  readonly token: string | undefined;
}

export interface ListenerOptions extends Place {
  readonly operatorLog: OperatorLog;
  readonly answer: AdminAnswerer;
  /** Opens `CONFIG_PATHS`; they are closed without. */
  readonly token?: string | undefined;
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
  const { processState, notReady, configAccess, ...place } = options;
  const { operatorLog } = processState;
  const sources = sourcesOf(processState, notReady, isLoopback(place.hostname));
  const answer = adminAnswers({ ...sources, config: configAccess?.control });
  return startAdminListener({ ...place, operatorLog, answer, token: configAccess?.token });
}

/** What one process has to say. */
export function sourcesOf(
  { answerStores: stores, metrics, operatorLog }: ProcessState,
  notReady: () => string | undefined,
  showsAnswers: boolean,
): AdminSources {
  return {
    operatorLog,
    notReady,
    metrics: metrics.text,
    answerStores: showsAnswers ? (question) => answerStores(question, stores) : undefined,
  };
}

/** The same listener for whatever answers. */
export async function startAdminListener(options: ListenerOptions) {
  const { hostname, port, operatorLog, answer, token, staleAfterMs = STALE_AFTER_MS } = options;
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const heart = setInterval(() => Atomics.add(beats, 0, 1), staleAfterMs / BEATS_PER_SPAN);
  heart.unref();
  const thread = new Worker(new URL("admin-thread.ts", import.meta.url).href);
  thread.unref();
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
        return void answer(data).then((said) => tell({ type: "answered", id: data.id, ...said }));
      case "stopped":
        return stopped.resolve();
    }
  };
  thread.onerror = ({ message }) => {
    adminFailed(message, operatorLog);
    listening.reject(new Error(message));
    stopped.resolve();
  };
  const end = () => {
    clearInterval(heart);
    thread.terminate();
  };
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
