import type { ChatEvent } from "../../chat/event.ts";
import type { Flow } from "../../framing/flow.ts";
import {
  completedUsage,
  noteMore,
  noteTrailing,
  type Opening,
  type Source,
  watched,
} from "./vendor-stream.ts";

/** The vendor's bytes as events. A break becomes one `error` event. */
export function relayedEvents(
  { chunks, decoder, watching, call, wantsUsage }: Source,
  opening: Opening,
): Flow<readonly ChatEvent[]> {
  return watched(watching, {
    async all(write) {
      await write(opening.events);
      if (watching.failed) return;
      if (!opening.ended) {
        const over = Promise.withResolvers<void>();
        let isOver = false;
        watching.whenOver(() => {
          isOver = true;
          over.resolve();
        });
        const ended = chunks.pump((chunk) => {
          if (isOver) return;
          if (decoder.stop()) return noteTrailing(chunk, call);
          watching.arrived(chunk);
          const events = decoder.push(chunk);
          watching.saw(events);
          const held = events.length > 0 ? write(events) : undefined;
          if (decoder.stop()) over.resolve(held);
          return held;
        });
        if (decoder.stop()) over.resolve();
        ended.catch(watching.lost).then(over.resolve, over.reject);
        await over.promise;
        if (watching.failed) return;
        const stop = decoder.stop();
        if (stop?.hasMore) noteMore(call);
        if (stop) watching.linger(ended);
        const events = decoder.end();
        watching.saw(events);
        if (events.length > 0) await write(events);
      }
      const owed = wantsUsage ? completedUsage(call) : undefined;
      if (owed) await write([owed]);
    },
    broken: (error) => [{ type: "error", error }],
  });
}
