import { type ErrorCode, type ErrorDetails, GatewayError } from "../../chat/error.ts";
import { type JsonObject, parseJson } from "../../chat/json.ts";
import type { Notice } from "../../chat/request.ts";
import { formatNamed } from "../../formats/registry.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import type { ResolvedTarget, Target } from "../../providers/target.ts";
import { countPromptWords } from "../../telemetry/estimate.ts";
import { commonFormat } from "../call/client-format.ts";
import { changedPrompt } from "../call/client-paths.ts";
import { type Plan, planOf } from "../call/plan.ts";
import { promptIn } from "../call/prompt.ts";
import { type Edits, edited, outlineOf } from "./edits.ts";
import { type UpstreamBody, upstreamBody } from "./upstream-body.ts";

/** What is done with the bytes of a request's body, in whatever thread. Everything here can be handed from one to another. */
export type BodyTask = ReadTask | WriteTask;

/** Reads a client's request. */
export interface ReadTask {
  readonly type: "read";
  readonly contentType: string | null;
}

/** Brings it into a target's dialect and writes that. */
export interface WriteTask {
  readonly type: "write";
  readonly contentType: string | null;
  /** The client's. */
  readonly format: string;
  readonly plan: PlanFacts;
  readonly edits: Edits | undefined;
  /** A JSON object: members that a credential in the body adds. */
  readonly members: string | undefined;
  /** Whether the text is logged. */
  readonly wantsText: boolean;
  /** Whether the client's bytes are wanted back. */
  readonly isKept: boolean;
}

/** A plan as data. */
export interface PlanFacts extends Pick<Plan, "model" | "stream" | "settings"> {
  readonly target: Omit<Target, "provider" | "resolve">;
  readonly resolved: Omit<ResolvedTarget, "target" | "provider" | "plan">;
}

export interface ReadOutcome {
  /** The client's bytes. */
  readonly request: Uint8Array;
  /** A JSON object; see `outlineOf`. */
  readonly outline: string;
  readonly words: number;
}

export interface WriteOutcome extends Pick<UpstreamBody, "hiddenUsage" | "originalNames"> {
  /** The client's bytes, where they are wanted back. */
  readonly request: Uint8Array | undefined;
  /** The body to send; the client's own bytes where they can go as they came. */
  readonly written: Uint8Array;
  readonly notices: readonly Notice[];
  /** Without the credential's members. */
  readonly text: string | undefined;
}

/** The outcome of a task, by its type. */
export interface Outcomes {
  readonly read: ReadOutcome;
  readonly write: WriteOutcome;
}

/** Throws what reading and translating throw on any thread. */
export function perform(task: BodyTask, bytes: Uint8Array): ReadOutcome | WriteOutcome {
  switch (task.type) {
    case "read":
      return read(task, bytes);
    case "write":
      return write(task, bytes);
  }
}

function read({ contentType }: ReadTask, bytes: Uint8Array): ReadOutcome {
  const { wire } = promptIn(bytes, commonFormat, contentType);
  const outline = JSON.stringify(outlineOf(wire));
  return { request: bytes, outline, words: countPromptWords(wire) };
}

function write(task: WriteTask, bytes: Uint8Array): WriteOutcome {
  const { edits, members } = task;
  const format = formatNamed(task.format);
  if (!format) throw new TypeError(`no format is called ${task.format}`);
  const read = promptIn(bytes, format, task.contentType);
  const prompt = edits ? changedPrompt(read, edited(read.wire, edits)) : read;
  const body = upstreamBody(prompt, planFrom(task.plan));
  const isAsItCame = body.bytes !== undefined && members === undefined;
  const added = members === undefined ? undefined : (parseJson(members) as JsonObject);
  const written = isAsItCame ? bytes : encoded({ ...body.wire, ...added });
  const { notices, hiddenUsage, originalNames } = body;
  return {
    request: task.isKept ? bytes : undefined,
    written,
    notices,
    hiddenUsage,
    originalNames,
    text: task.wantsText ? JSON.stringify(body.wire) : undefined,
  };
}

function encoded(wire: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(wire));
}

export function planFacts({ resolved, settings, model, stream }: Plan): PlanFacts {
  const { target: whole, provider: _, plan: _plan, ...own } = resolved;
  const { provider: _provider, resolve: _resolve, ...target } = whole;
  return { target, resolved: own, settings, model, stream };
}

function planFrom({ target, resolved: own, settings, model, stream }: PlanFacts): Plan {
  const provider = PROVIDERS[own.model.provider];
  const resolved: ResolvedTarget = {
    ...own,
    target: { ...target, provider, resolve: () => resolved },
    provider,
    plan: () => {
      throw new TypeError("a body needs no address");
    },
  };
  return planOf(resolved, settings, model, stream);
}

/** A task and the bytes it is about, on their way to a thread. */
export interface ToBodyThread {
  readonly task: BodyTask;
  readonly bytes: Uint8Array;
}

export type FromBodyThread =
  | { readonly type: "done"; readonly outcome: ReadOutcome | WriteOutcome }
  | { readonly type: "refused"; readonly error: ErrorFacts }
  | { readonly type: "failed"; readonly message: string };

/** A `GatewayError` as data. */
interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Omit<ErrorDetails, "cause">;
  readonly cause: string | undefined;
}

export function errorFacts({
  code,
  message,
  status,
  vendor,
  retryAfterMs,
  cause,
}: GatewayError): ErrorFacts {
  const details = {
    status,
    ...(vendor && { vendor }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  const said = cause instanceof Error ? cause.message : cause;
  return { code, message, details, cause: said === undefined ? undefined : String(said) };
}

export function errorFrom({ code, message, details, cause }: ErrorFacts): GatewayError {
  return new GatewayError(code, message, { ...details, cause });
}
