import type { Call } from "./call.ts";
import type { Reply } from "./reply.ts";

export type Next = (call: Call) => Promise<Reply>;

/** The one extension point: do something before, call `next`, do something after; or answer instead. */
export type Middleware = (call: Call, next: Next) => Promise<Reply>;
