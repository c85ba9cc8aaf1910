import { createHash } from "node:crypto";
import type { Json } from "../chat/json.ts";

/**
 * Which ids of tool calls a vendor takes back in a conversation. Others give way to ids that follow
 * from them, so that a conversation can move from one vendor to another and calls still find their results.
 */
export interface CallIds {
  readonly accepted: RegExp;
  /** One that it takes, from 64 hexadecimal digits that follow from another. */
  made(digits: string): string;
}

export function isForeignId(id: Json | undefined, { accepted }: CallIds): id is string {
  return typeof id === "string" && !accepted.test(id);
}

export function ownId(id: string, { made }: CallIds): string {
  return made(createHash("sha256").update(id).digest("hex"));
}
