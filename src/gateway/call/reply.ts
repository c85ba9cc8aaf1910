import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { Flow } from "../../framing/flow.ts";
import type { HeaderMap } from "../../framing/header-map.ts";
import type { Prompt } from "./prompt.ts";

/** An answer on its way back through the onion. */
export interface Reply {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: Body;
  /** The upstream compressed it; a client that takes compression gets it compressed again. */
  readonly compressed?: boolean;
  /** The request that it answers, where that was an LLM request: says which dialect is due, and whether as a stream. */
  readonly prompt?: Prompt;
}

/** Looks at a model's answer as it passes, and is never in its way. It must not throw. */
export interface AnswerObserver {
  /** What arrived together comes together. */
  events(events: readonly ChatEvent[]): void;
  /** Once, at the end. False where the answer broke off, ended in an error, or its reader left. */
  end(isWhole: boolean): void;
}

/**
 * Nobody decodes until somebody must: an answer is a vendor's bytes in a named format, or canonical
 * events. `whole` bytes are all there; a flow waits for its reader, so a slow client slows the vendor.
 * A body without a format is not an LLM answer (an error page, a file) and is passed on as it is.
 */
export type Body =
  | {
      readonly type: "whole";
      readonly format?: WireFormat;
      readonly bytes: Uint8Array;
      /** The same answer decoded, where somebody already did. */
      readonly response?: ChatResponse;
    }
  | { readonly type: "chunks"; readonly format?: undefined; readonly chunks: Flow<Uint8Array> }
  | {
      readonly type: "chunks";
      readonly format: WireFormat;
      readonly chunks: Flow<Uint8Array>;
      /** Shows what the decoder makes of them, which reads along in any case. Before they are handed over. */
      observe(observer: AnswerObserver): void;
    }
  | { readonly type: "events"; readonly batches: Flow<readonly ChatEvent[]> };
