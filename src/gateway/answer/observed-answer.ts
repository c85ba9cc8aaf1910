import type { ChatEvent } from "../../chat/event.ts";
import { expand } from "../../chat/expand.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { type Flow, flowOf, mapped } from "../../framing/flow.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Stage } from "../../framing/stage.ts";
import type { AnswerObserver, Body, Reply } from "../call/reply.ts";
import { batchesOf, decodedResponse } from "./client-answer.ts";

/** Whether a model said it, in whatever form: not a vendor's error page, a file, a plain service's bytes. */
export function isModelAnswer({ body }: Reply): boolean {
  return body.type === "events" || body.format !== undefined;
}

/**
 * The same answer, with somebody who looks at its events as they pass. Bytes stay the bytes that they were:
 * they are not decoded a second time, and nothing waits for the observer. What no model said is not shown.
 */
export function observe(reply: Reply, observer: AnswerObserver): Reply {
  const { body } = reply;
  switch (body.type) {
    case "whole":
      if (!body.format) return reply;
      observer.events(expand(decodedResponse(body)));
      observer.end(true);
      return reply;
    case "chunks":
      if (body.format) body.observe(observer);
      return reply;
    case "events":
      return withEvents(reply, observed(body.batches, observer));
  }
}

/**
 * The answer as a stage makes it: each event becomes none, one or several, which obey the grammar of
 * events as the given ones did. It is written anew for the client, whatever dialect it came in. What no
 * model said stays as it is.
 */
export function mapEvents(reply: Reply, stage: Stage<ChatEvent, ChatEvent>): Reply {
  if (!isModelAnswer(reply)) return reply;
  const nothingEmpty = (events: readonly ChatEvent[]) => (events.length > 0 ? events : undefined);
  const batches = mapped(
    batchesOf(reply.body),
    (events: readonly ChatEvent[]) => nothingEmpty(events.flatMap((event) => stage.push(event))),
    () => nothingEmpty(stage.end()),
  );
  return withEvents(reply, batches);
}

/** An answer that is known already, for a plugin that answers itself: whole or streamed, as the client asked. */
export function replayed(response: ChatResponse): Reply {
  const body: Body = { type: "events", batches: flowOf(expand(response)) };
  return { status: 200, headers: HeaderMap.of(), body };
}

function withEvents(reply: Reply, batches: Flow<readonly ChatEvent[]>): Reply {
  return { ...reply, body: { type: "events", batches } };
}

function observed(
  batches: Flow<readonly ChatEvent[]>,
  observer: AnswerObserver,
): Flow<readonly ChatEvent[]> {
  let isOver = false;
  const end = (isWhole: boolean) => {
    if (isOver) return;
    isOver = true;
    observer.end(isWhole);
  };
  return {
    async pump(write) {
      let hasFailed = false;
      try {
        await batches.pump((events) => {
          observer.events(events);
          hasFailed ||= events[events.length - 1]?.type === "error";
          return write(events);
        });
        end(!hasFailed);
      } finally {
        end(false);
      }
    },
    cancel() {
      end(false);
      batches.cancel();
    },
  };
}
