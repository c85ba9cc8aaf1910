import { type ErrorCode, type ErrorDetails, GatewayError } from "../../chat/error.ts";
import type { BodyTask, ReadOutcome, WriteOutcome } from "./body-tasks.ts";

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
