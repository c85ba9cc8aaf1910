import { GatewayError } from "../../chat/error.ts";
import type { Flow } from "../../framing/flow.ts";
import { bytesOf, type Piece } from "../../framing/stage.ts";

/** Reads a flow whole; past `limitBytes` (0 means none) it is cancelled and `body_too_large` thrown. */
export async function readFlow(flow: Flow<Piece>, limitBytes: number): Promise<Uint8Array> {
  const body = gathered(limitBytes);
  await flow.pump((piece) => body.add(bytesOf(piece)));
  return body.whole();
}

/** Pieces that become a whole. `arrived` is told of every piece: how many bytes there are with it. */
export function gathered(limitBytes: number, arrived?: (wholeBytes: number) => void) {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    /** Throws `body_too_large` past the limit. */
    add(piece: Uint8Array): undefined {
      size += piece.byteLength;
      if (limitBytes > 0 && size > limitBytes) throw tooLarge(size, limitBytes);
      arrived?.(size);
      pieces.push(piece);
    },
    whole(): Uint8Array {
      const [only] = pieces;
      return pieces.length === 1 && only ? only : joined(pieces, size);
    },
  };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}

export function tooLarge(byteLength: number, limitBytes: number): GatewayError {
  return new GatewayError(
    "body_too_large",
    `request body too large: ${byteLength} > ${limitBytes}`,
  );
}
