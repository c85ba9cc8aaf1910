import {
  type AdminAnswer,
  type AdminQuestion,
  type FromAdmin,
  isRead,
  jsonAnswer,
  LIVENESS_PATHS,
  type ToAdmin,
} from "./admin-messages.ts";
import { tokenRefusal } from "./admin-token.ts";
import { CONFIG_PATHS } from "./config-paths.ts";
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

type Listen = Extract<ToAdmin, { type: "listen" }>;

/** What a request is judged by. */
interface Guards {
  /** Whether the listener has a loopback address, which only this machine's programs may ask for. */
  readonly isLocal: boolean;
  readonly tokenDigest: string | undefined;
  isAlive(): boolean;
}

/** Of a configuration that somebody sends. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Reading and building the largest configuration may take minutes. */
const CONFIG_IDLE_S = 255;

function listen({ hostname, port, beats, staleAfterMs, tokenDigest }: Listen) {
  const isAlive = pulse(new Int32Array(beats), staleAfterMs);
  const guards = { isLocal: isLoopback(hostname), tokenDigest, isAlive };
  try {
    server = Bun.serve({
      hostname,
      port,
      maxRequestBodySize: BODY_LIMIT_BYTES,
      // Outside of development Bun lets several processes share a port unless told otherwise.
      reusePort: false,
      // In development Bun answers an error with a page that shows the machine and the source.
      development: false,
      async fetch(request, own) {
        const waitFor = () => own.timeout(request, CONFIG_IDLE_S);
        const { status, contentType, body, headers } = await answer(request, guards, waitFor);
        if (status === 204) return new Response(null, { status });
        return new Response(body, { status, headers: { "content-type": contentType, ...headers } });
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
  request: Request,
  { isLocal, tokenDigest, isAlive }: Guards,
  wait: () => void,
): AdminAnswer | Promise<AdminAnswer> {
  const { headers, method, url } = request;
  const host = headers.get("host");
  // Health checks over HTTP/1.0 send none.
  if (host !== null && !isHost(host)) {
    return jsonAnswer({ message: "The request's Host is none" }, 400);
  }
  if (isLocal && !isLocalHost(host)) {
    const message = "Misdirected request; ask for this listener by its address";
    return jsonAnswer({ message }, 421);
  }
  const path = pathOf(url);
  if (LIVENESS_PATHS.includes(path) && isRead(method)) return liveness(isAlive());
  if (!CONFIG_PATHS.includes(path)) return ask({ method, path });
  const refusal = tokenRefusal(headers, tokenDigest);
  if (refusal) return refusal;
  wait();
  return withBody(request, path);
}

/** The body of whoever may send one is read before the main thread hears of it. */
async function withBody(request: Request, path: string): Promise<AdminAnswer> {
  const { method, headers } = request;
  if (headers.get("content-type")?.startsWith("multipart/")) {
    const message = "Send the configuration as the body itself: curl --data-binary @FILE";
    return jsonAnswer({ message }, 415);
  }
  if (Number(headers.get("content-length")) > BODY_LIMIT_BYTES) return tooLarge();
  try {
    return await ask({ method, path, body: await request.text() });
  } catch {
    // It is larger than it said, or the client has left.
    return tooLarge();
  }
}

function tooLarge(): AdminAnswer {
  const message = `A configuration of more than ${BODY_LIMIT_BYTES} bytes is not taken`;
  return jsonAnswer({ message }, 413);
}

/** The main thread's answer. */
function ask(question: AdminQuestion): Promise<AdminAnswer> {
  const { promise, resolve } = Promise.withResolvers<AdminAnswer>();
  asked += 1;
  waiting.set(asked, resolve);
  tell({ type: "asked", id: asked, ...question });
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
