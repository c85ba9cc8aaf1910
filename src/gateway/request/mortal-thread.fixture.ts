import type { FromBodyThread, ToBodyThread } from "./body-messages.ts";

// A thread that refuses one task and ends.

declare const self: Worker;

self.onmessage = (_: MessageEvent<ToBodyThread>) => {
  const said: FromBodyThread = { type: "failed", message: "the last words" };
  self.postMessage(said);
  process.exit(0);
};
