import type { ChatEvent, FinishReason } from "../chat/event.ts";

export interface Finish {
  readonly reason: FinishReason;
  /** The vendor's own word. */
  readonly raw?: string;
}

/**
 * Why a choice ended, from all that its vendor says of it. Gemini may say `STOP` with every chunk and
 * `SAFETY` with one of them: a later word counts, unless it is only that the model stopped by itself.
 */
export function finishWord() {
  let told: Finish | undefined;
  return {
    hear(finish: Finish) {
      if (told === undefined || finish.reason !== "stop") told = finish;
    },
    isTold: () => told !== undefined,
    /**
     * The `finish` event; none where the vendor said nothing. Calls of tools say more than the word,
     * also those that come behind it.
     */
    tell(choice: number, events: ChatEvent[], hasCalls = false) {
      if (!told) return;
      const reason = told.reason === "stop" && hasCalls ? "tool_calls" : told.reason;
      const raw = told.raw ?? told.reason;
      events.push({ type: "finish", choice, reason, ...(raw !== reason && { raw }) });
    },
  };
}

export type FinishWord = ReturnType<typeof finishWord>;
