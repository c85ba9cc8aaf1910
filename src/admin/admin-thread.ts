import {
  type AdminAnswer,
  type FromAdmin,
  isRead,
  jsonAnswer,
  LIVENESS_PATHS,
  type ToAdmin,
} from "./admin-messages.ts";
import { isHost, isLocalHost, isLoopback } from "./host-guard.ts";

// The thread of the admin listener: it is asked whether the process is alive, and must be able to
// answer while the main thread is not.

declare const self: Worker;

const waiting = new Map<number, (answer: AdminAnswer) => void>();
let asked = 0;
let server: Bun.Server<undefined> | undefined;

self.onmessage = ({ data }: MessageEvent<ToAdmin>) => {
  switch (data.type) {
    case "listen":
      listen(data);
      return;
    case "answered":
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
      return;
    case "stop":
      void server?.stop(true).then(() => tell({ type: "stopped" }));
      return;
  }
};

function tell(message: FromAdmin): void {
  self.postMessage(message);
}

function listen({ hostname, port, beats, staleAfterMs }: Extract<ToAdmin, { type: "listen" }>) {
  const isAlive = pulse(new Int32Array(beats), staleAfterMs);
  const guarded = isLoopback(hostname);
  try {
    server = Bun.serve({
      hostname,
      port,
      maxRequestBodySize: 1024 * 1024,
      // Outside of development Bun lets several processes share a port unless told otherwise.
      reusePort: false,
      // In development Bun answers an error with a page that shows the machine and the source.
      development: false,
      async fetch(request) {
        const { status, contentType, body } = await answer(request, guarded, isAlive);
        if (status === 204) return new Response(null, { status });
        return new Response(body, { status, headers: { "content-type": contentType } });
      },
    });
    tell({ type: "listening", port: server.port ?? port });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    tell({ type: "failed", message, code });
  }
}

function answer(
  { headers, method, url }: Request,
  guarded: boolean,
  isAlive: () => boolean,
): AdminAnswer | Promise<AdminAnswer> {
  const host = headers.get("host");
  // Health checks over HTTP/1.0 send none.
  if (host !== null && !isHost(host)) {
    return jsonAnswer({ message: "The request's Host is none" }, 400);
  }
  if (guarded && !isLocalHost(host)) {
    const message = "Misdirected request; ask for this listener by its address";
    return jsonAnswer({ message }, 421);
  }
  const path = pathOf(url);
  if (LIVENESS_PATHS.includes(path) && isRead(method)) return liveness(isAlive());
  const { promise, resolve } = Promise.withResolvers<AdminAnswer>();
  asked += 1;
  waiting.set(asked, resolve);
  tell({ type: "asked", id: asked, method, path });
  return promise;
}

function liveness(isAlive: boolean): AdminAnswer {
  if (isAlive) return jsonAnswer({ status: "ok" });
  return jsonAnswer({ status: "not alive", reason: "the main thread has not moved" }, 503);
}

/** Whether the main thread has counted up lately. The clocks of two threads cannot be compared, so this one times it. */
function pulse(beats: Int32Array, staleAfterMs: number): () => boolean {
  let last = Atomics.load(beats, 0);
  let movedAtMs = performance.now();
  const isAlive = () => {
    const now = Atomics.load(beats, 0);
    if (now !== last) movedAtMs = performance.now();
    last = now;
    return performance.now() - movedAtMs < staleAfterMs;
  };
  setInterval(isAlive, staleAfterMs / LOOKS_PER_SPAN).unref();
  return isAlive;
}

const LOOKS_PER_SPAN = 60;

/** Bun's URL of a request without a `Host` is its target alone. */
const PATH = /^(?:http:\/\/[^/]*)?(\/[^?#]*)/;

function pathOf(url: string): string {
  return PATH.exec(url)?.[1] ?? "";
}
