import { type HeaderLine, type HttpRequest, utf8 } from "./http/request.ts";
import type { Trait } from "./models.ts";
import type { Question } from "./question.ts";
import type { Script } from "./scenario.ts";

/** One vendor's API: which requests are its own, what it takes, how it answers and refuses. */
export interface Dialect {
  readonly name: string;
  serves(request: HttpRequest): boolean;
  receive(request: HttpRequest, desk: Desk): Asked | Reply;
}

/** What the lab was started with, as far as a dialect must know. */
export interface Desk {
  readonly seed: number;
  /** Accepted credentials; undefined accepts any and none. */
  readonly keys: ReadonlySet<string> | undefined;
  /** Traits the path asks for, beside those of the model name. */
  readonly traits: readonly Trait[];
}

/** A finished answer: an error, a list of models. */
export interface Reply {
  readonly type: "reply";
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
}

/** A valid request to generate, and how this vendor would write the answer. */
export interface Asked {
  readonly type: "asked";
  readonly model: string;
  readonly stream: boolean;
  readonly choices: number;
  readonly question: Question;
  readonly headers: readonly HeaderLine[];
  readonly streamHeaders: readonly HeaderLine[];
  /** The whole answer; with no scripts, the answer of a vendor that had nothing to say. */
  whole(scripts: readonly Script[]): string;
  frames(scripts: readonly Script[]): readonly Frame[];
  error(status: number): Reply;
  /** The refusal of a prompt that the model has no room for. */
  tooLong(): Reply;
  errorFrames(status: number): readonly Frame[];
  /** What this vendor sends to keep a silent stream open. */
  readonly keepAlive: Uint8Array;
}

/** One event of a stream and its part in it, so that a fault can drop, double or cut at it. */
export interface Frame {
  readonly part: "start" | "delta" | "finish" | "usage" | "done" | "error" | "other";
  readonly bytes: Uint8Array;
  /** Of a frame that is no text: the same with another text in it. */
  withText?(change: (text: string) => string): Uint8Array;
}

// The ways in which several vendors write an event.

export function lineFrame(part: Frame["part"], wire: unknown): Frame {
  return { part, bytes: utf8(`${JSON.stringify(wire)}\n`) };
}

export function sseFrame(part: Frame["part"], wire: unknown): Frame {
  return { part, bytes: utf8(`data: ${JSON.stringify(wire)}\n\n`) };
}

/** An event with its type before the data and within. */
export function typedSseFrame(part: Frame["part"], type: string, members: object): Frame {
  return { part, bytes: utf8(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`) };
}

export const DONE: Frame = { part: "done", bytes: utf8("data: [DONE]\n\n") };
