import type { TargetConfig } from "../../providers/target-schema.ts";
import type { Consumer, Route, Service } from "../../routing/entities.ts";
import type { OrderedInstance } from "../../routing/plugin-order.ts";
import type { CallRecord } from "../../telemetry/call-record.ts";
import type { Admit } from "./admission.ts";
import type { Client, ClientRequest } from "./client.ts";
import type { ProcessState } from "./process-state.ts";
import type { Prompt } from "./prompt.ts";
import type { Reply } from "./reply.ts";
import type { Clocks, Send } from "./upstream.ts";

/** One client request on its way through the onion. */
export interface Call {
  readonly id: string;
  /** Without the credentials that were recognised here: no provider, log or template sees them. */
  readonly request: ClientRequest;
  /** The request for the route's own service, where that is to see the client's credentials too. */
  readonly serviceRequest?: ClientRequest;
  readonly route: Route;
  readonly service: Service | undefined;
  /** Named groups of the route's path expression. */
  readonly captures: Readonly<Record<string, string>>;
  /** Client path after the route's prefix was stripped (or not). */
  readonly upstreamPath: string;
  readonly client: Client;
  readonly record: CallRecord;
  /** What it shares with all other calls. */
  readonly processState: ProcessState;
  /** How bytes reach an upstream. */
  readonly send: Send;
  readonly clocks: Clocks;
  readonly consumer?: Consumer;
  /** Groups that the caller's own credential says: a token's claim. */
  readonly authenticatedGroups?: readonly string[];
  /** The request as an LLM request, once a plugin asked for it. */
  readonly prompt?: Prompt;
  /** What a plugin further in will make of the prompt, for one that is to look at it before. */
  readonly preview?: Preview;
  /** Asked before each target, where what is used of them is limited. */
  readonly admit?: Admit;
  /** Nothing is sent: where the call would go is to be seen. Who would ask somebody on the way goes on without. */
  readonly isRehearsal?: true;
  /** How the answer is got once the onion's centre is reached; absent means the route's own service. */
  readonly forward?: Next;
}

/** What it takes to ask a vendor something: a call's own question, or one of the gateway's. */
export type Asking = Pick<
  Call,
  | "id"
  | "request"
  | "upstreamPath"
  | "prompt"
  | "client"
  | "record"
  | "processState"
  | "send"
  | "clocks"
>;

/** The call as a plugin will pass it on; nothing of it is noted or logged. Throws what that plugin would answer. */
export type Preview = (call: Call) => Promise<Call>;

export type Next = (call: Call) => Promise<Reply>;

/**
 * The one extension point: do something before, call `next`, do something after; or answer instead.
 * `layers` are all that apply to the call, outermost first: the same array for the same scope.
 */
export type Middleware = (call: Call, next: Next, layers: readonly Layer[]) => Promise<Reply>;

/** A plugin instance as the onion sees it. */
export interface Layer extends OrderedInstance {
  readonly handle?: Middleware;
  /** Plugins further out may look at what this one will make of the prompt. */
  readonly preview?: Preview;
  /** The models that it may send the call to. */
  readonly targets?: readonly TargetConfig[];
}
