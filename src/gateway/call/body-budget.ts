import { GatewayError } from "../../chat/error.ts";

/** Whose bytes are held: a call's. */
export interface Holder {
  /** Bytes; negative once the call is over and nothing more is held for it. */
  heldBytes: number;
}

/**
 * The bytes of request bodies that all calls together may hold. Bodies that only flow through are none
 * of them.
 */
export interface BodyBudget {
  readonly limitBytes: number;
  /** Held now, by all calls. */
  readonly heldBytes: number;
  /** Takes bytes before they are read. Throws `unavailable` where that is more than there is room for. */
  take(holder: Holder, byteLength: number): void;
  /** Gives back all that a call holds; once, however often it is asked. */
  release(holder: Holder): void;
}

/** How soon there may be room again: most calls that hold a body are over within seconds. */
const RETRY_AFTER_MS = 2_000;

/** `onShed` is told of every body that there was no room for. */
export function bodyBudget(limitBytes: number, onShed: () => void = () => undefined): BodyBudget {
  let heldBytes = 0;
  return {
    limitBytes,
    get heldBytes() {
      return heldBytes;
    },
    take(holder, byteLength) {
      if (holder.heldBytes < 0) throw new GatewayError("client_aborted", "the call is over");
      if (heldBytes + byteLength > limitBytes) {
        onShed();
        throw noRoom();
      }
      heldBytes += byteLength;
      holder.heldBytes += byteLength;
    },
    release(holder) {
      if (holder.heldBytes > 0) heldBytes -= holder.heldBytes;
      holder.heldBytes = -1;
    },
  };
}

function noRoom(): GatewayError {
  const message =
    "the gateway holds as many bytes of request bodies as its memory has room for; try again shortly";
  return new GatewayError("unavailable", message, { retryAfterMs: RETRY_AFTER_MS });
}
