import type { AdminAnswer, AdminQuestion } from "../../admin/admin-messages.ts";
import type { Listen } from "../../config/environment/parse-setting.ts";
import type { Drain } from "../serve.ts";
import type { OriginText } from "../source.ts";

/** What a worker is to serve, and how. */
export interface WorkerSetup {
  readonly config: OriginText;
  /** With the ports that all workers listen on. */
  readonly proxies: readonly Listen[];
  /** How many workers share this machine's memory. */
  readonly workers: number;
  /** What it gives to calls where nobody tells it: a signal of its own, or the supervisor's end. */
  readonly drain: Drain;
  /** Other than that of every worker that lives; what they count together is told apart by it while it is written. */
  readonly taker: number;
  readonly isWarmedUp: boolean;
  readonly isQuiet: boolean;
  /** Says for all what is open to anyone. */
  readonly warnsOfOpenRoutes: boolean;
}

/** What the supervisor tells a worker. */
export type ToWorker =
  | ({ readonly type: "build" } & WorkerSetup)
  /** What was built is the configuration of all: calls may come. */
  | { readonly type: "listen" }
  /** The next configuration is built beside the one in force. */
  | { readonly type: "prepare"; readonly generation: number; readonly config: OriginText }
  /** What was prepared last takes the place of the one in force, or is given up. */
  | { readonly type: "commit" | "discard" }
  | ({ readonly type: "ask"; readonly id: number } & AdminQuestion)
  /** Whether it takes calls for `graceMs` more though none is under way: connections wait to be told to close. */
  | ({ readonly type: "drain"; readonly waitsIdle: boolean } & Drain);

/** What a worker tells the supervisor. */
export type FromWorker =
  /** Its program runs and can be told what to build. */
  | { readonly type: "up" }
  | { readonly type: "built" }
  /** It cannot serve; its end follows. */
  | { readonly type: "failed"; readonly why: string }
  | { readonly type: "listening" }
  /** The made-up calls are over. */
  | { readonly type: "warm" }
  | { readonly type: "prepared"; readonly generation: number }
  | { readonly type: "refused"; readonly generation: number; readonly why: string }
  | ({ readonly type: "answered"; readonly id: number } & AdminAnswer)
  /** Something ends it: it finishes its calls, and another is needed. */
  | { readonly type: "leaving" };
