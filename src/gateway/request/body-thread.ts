import { GatewayError } from "../../chat/error.ts";
import { errorFacts, type FromBodyThread, perform, type ToBodyThread } from "./body-tasks.ts";

// A thread for what is computed of large bodies. Bytes come and go without a copy.

declare const self: Worker;

self.onmessage = ({ data: { task, bytes } }: MessageEvent<ToBodyThread>) => {
  const said = outcomeOf(task, bytes);
  self.postMessage(said, said.type === "done" ? buffersOf(said.outcome) : []);
};

function outcomeOf(task: ToBodyThread["task"], bytes: Uint8Array): FromBodyThread {
  try {
    return { type: "done", outcome: perform(task, bytes) };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { type: "refused", error: errorFacts(thrown) };
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { type: "failed", message };
  }
}

function buffersOf(outcome: object): ArrayBuffer[] {
  const buffers = Object.values(outcome).flatMap((value) =>
    value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [],
  );
  return [...new Set(buffers)];
}
