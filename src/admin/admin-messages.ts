/** What the process's main thread tells the thread that holds the admin listener. */
export type ToAdmin =
  | {
      readonly type: "listen";
      readonly hostname: string;
      readonly port: number;
      /** The main thread counts up in its first place. */
      readonly beats: SharedArrayBuffer;
      readonly staleAfterMs: number;
      /** Of the token that opens `CONFIG_PATHS`; they are closed without. */
      readonly tokenDigest?: string;
    }
  | ({ readonly type: "answered"; readonly id: number } & AdminAnswer)
  | { readonly type: "stop" };

/** What that thread tells the main thread. */
export type FromAdmin =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly message: string; readonly code: string }
  | ({ readonly type: "asked"; readonly id: number } & AdminQuestion)
  | { readonly type: "stopped" };

/** A request that is well-formed and may come here. */
export interface AdminQuestion {
  readonly method: string;
  readonly path: string;
  /** Where the path is one that takes a body, and who asks may send it. */
  readonly body?: string;
}

export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = "application/json;charset=utf-8";

export function jsonAnswer(body: object, status = 200): AdminAnswer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body) };
}

/** A question whether the process is alive, which its main thread need not hear. */
export const LIVENESS_PATHS: readonly string[] = ["/livez", "/status"];

export function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
