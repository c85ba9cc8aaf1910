import { createHash } from "node:crypto";
import type { OriginText } from "../source.ts";

/** Who wanted a configuration. */
export type Trigger = "start" | "signal" | "file" | "admin" | "rollback";

/** A configuration that is in force, or was. */
export interface Generation {
  /** Counts up from 1. */
  readonly number: number;
  readonly trigger: Trigger;
  readonly origin: OriginText;
  /** Of the text in UTF-8, in hex, as `sha256sum` prints it of the file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly sinceEpochMs: number;
  /** The generation that had the text first: its own number, unless it was rolled back to. */
  readonly first: number;
}

const LIMITS = { count: 10, bytes: 64 * 1024 * 1024 };

/** The last configurations that were in force, newest last; bounded in number and in bytes, the one in force kept in any case. */
export class Generations {
  readonly #kept: Generation[] = [];
  readonly #limits: typeof LIMITS;
  readonly #nowEpochMs: () => number;
  #inForce: Generation;

  constructor(first: OriginText, nowEpochMs: () => number, limits = LIMITS) {
    this.#nowEpochMs = nowEpochMs;
    this.#limits = limits;
    this.#inForce = this.#keep({ origin: first, trigger: "start" }, 1);
  }

  get inForce(): Generation {
    return this.#inForce;
  }

  get all(): readonly Generation[] {
    return this.#kept;
  }

  /** Another one is in force from now on. */
  add(origin: OriginText, trigger: Trigger): Generation {
    return this.#keep({ origin, trigger }, this.#inForce.number + 1);
  }

  /** One of those that are kept is in force again, as a generation of its own. */
  addAgain({ origin, first }: Generation): Generation {
    return this.#keep({ origin, trigger: "rollback", first }, this.#inForce.number + 1);
  }

  /** Whether this is the text in force. */
  isInForce(text: string): boolean {
    return digest(text) === this.#inForce.sha256;
  }

  /** What a rollback leads to: the one that is named, or else what came before the text in force. */
  earlier(number?: number): Generation | undefined {
    const { first, number: inForce } = this.#inForce;
    if (number !== undefined) {
      return this.#kept.find((one) => one.number === number && number !== inForce);
    }
    return this.#kept.findLast((one) => one.number < first && one.first === one.number);
  }

  #keep(
    wanted: Pick<Generation, "origin" | "trigger"> & { readonly first?: number },
    number: number,
  ): Generation {
    const { text } = wanted.origin;
    const generation = {
      first: number,
      ...wanted,
      number,
      sha256: digest(text),
      bytes: Buffer.byteLength(text),
      sinceEpochMs: this.#nowEpochMs(),
    };
    this.#kept.push(generation);
    this.#inForce = generation;
    const { count, bytes } = this.#limits;
    while (this.#kept.length > 1 && (this.#kept.length > count || this.#bytes() > bytes)) {
      this.#kept.shift();
    }
    return generation;
  }

  #bytes(): number {
    return this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
