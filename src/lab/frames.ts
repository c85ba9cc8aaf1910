import type { Frame } from "./dialect.ts";
import { utf8 } from "./http/request.ts";

/** The ways in which several vendors write an event. */

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
