import type { GatewayError } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import type { Notice } from "../../chat/request.ts";
import type { AnswerDecoder, Stop } from "../../formats/answer-stream.ts";
import type { Flow, Write } from "../../framing/flow.ts";
import type { AnswerBody } from "../../http-client/exchange.ts";
import { settledUsage } from "../../telemetry/estimate.ts";
import type { Call } from "../call/call.ts";
import type { Echoes } from "../upstream/echoes.ts";
import type { StreamWatch } from "./answer-watch.ts";

/** A streamed answer on its way from the vendor. */
export interface Source {
  readonly chunks: AnswerBody;
  readonly decoder: AnswerDecoder;
  readonly watching: StreamWatch;
  readonly call: Call;
  readonly echoes: Echoes;
  /** The client asked for a usage report, in a dialect whose streams have one only then. */
  readonly wantsUsage: boolean;
}

/** The estimate that stands in for a report, marked as one; undefined where the vendor reported. */
export function owedUsage({ record }: Call): ChatEvent | undefined {
  const { ai } = record;
  if (!ai || ai.usage) return undefined;
  return { type: "usage", usage: settledUsage(record, ai) };
}

/** What stands in for the vendor's report or completes it, as it is billed; the last report of an answer counts. */
export function completedUsage({ record }: Call): ChatEvent | undefined {
  const { ai } = record;
  if (!ai) return undefined;
  const usage = settledUsage(record, ai);
  return usage === ai.usage ? undefined : { type: "usage", usage };
}

/** Notes what a vendor says behind its terminator: no client reads it. */
export function noteTrailing(bytes: Uint8Array, call: Call): undefined {
  if (bytes.some((byte) => byte > SPACE)) noteMore(call);
}

/** The same, where it came with the terminator. */
export function noteMore({ record }: Call): void {
  if (!record.notices.includes(TRAILING)) record.notices = [...record.notices, TRAILING];
}

const SPACE = 0x20;
const TRAILING: Notice = {
  kind: "dropped",
  field: "stream",
  reason: "the vendor went on after the end of its own stream, where no client reads on",
};

/** The stream up to the first event that says something. */
export interface Opening {
  readonly chunks: readonly Uint8Array[];
  readonly events: readonly ChatEvent[];
  /** Where the answer ended within the last of the chunks. */
  readonly stop: Stop | undefined;
  /** Nothing follows. */
  readonly ended: boolean;
}

/**
 * What becomes of a stream under watch: `all` hands it over, and a break of the vendor's becomes the
 * last item. What the client's side throws is its own.
 */
export function watched<Item>(
  watching: StreamWatch,
  { all, broken }: { all(write: Write<Item>): Promise<void>; broken(error: GatewayError): Item },
): Flow<Item> {
  return {
    async pump(write) {
      let refusal: { readonly cause: unknown } | undefined;
      const handOver: Write<Item> = (item) => {
        try {
          const held = write(item);
          return held && watching.heldBy(held);
        } catch (cause) {
          refusal = { cause };
          throw cause;
        }
      };
      try {
        await all(handOver);
        watching.ended();
      } catch (cause) {
        if (refusal) throw refusal.cause;
        const error = watching.broke(cause);
        if (error) await write(broken(error));
      } finally {
        watching.stop();
      }
    },
    cancel: watching.stop,
  };
}
