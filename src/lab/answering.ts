import type { Asked, Desk, Dialect } from "./dialect.ts";
import { unknownPath } from "./dialects/unknown-path.ts";
import { DIALECTS } from "./dialects.ts";
import { replyPlan } from "./faults/errors.ts";
import { spoil } from "./faults/spoil.ts";
import type { HttpRequest } from "./http/request.ts";
import type { Step } from "./http/server.ts";
import { type LabModel, readModelName, readTraits, type Trait } from "./models.ts";
import { type Plan, stepsOf, streamPlan, wholePlan } from "./plan.ts";
import { play } from "./scenario.ts";

export interface Answering {
  to(request: HttpRequest): Iterable<Step>;
  /** Every model name counts as not yet called. */
  forget(): void;
}

export interface AnsweringOptions extends Omit<Desk, "traits"> {
  readonly now: () => number;
}

/** From a request to the bytes of its answer. */
export function answering(options: AnsweringOptions): Answering {
  const calls = new Map<string, number>();

  function count(name: string): number {
    const occurrence = (calls.get(name) ?? 0) + 1;
    calls.set(name, occurrence);
    return occurrence;
  }

  function answer(asked: Asked, place: Place): Plan {
    const named = readModelName(asked.model);
    if (!named) return replyPlan(asked.error(404));
    const traits = [...named, ...place.traits];
    const occurrence = has(traits, "fail-first") ? count(`${place.prefix} ${asked.model}`) : 1;
    const streaming = streams(asked, traits);
    return spoil(planOf(asked, traits, streaming), traits, {
      asked,
      request: place.request,
      streaming,
      occurrence,
      now: options.now,
    });
  }

  function planOf(asked: Asked, traits: readonly Trait[], streaming: boolean): Plan {
    const scripts = Array.from({ length: asked.choices }, (_, choice) =>
      play(asked.question, { traits, seed: options.seed, choice }),
    );
    return streaming
      ? streamPlan(asked.streamHeaders, asked.frames(scripts))
      : wholePlan(200, asked.headers, asked.whole(scripts));
  }

  return {
    to(sent) {
      const place = placeOf(sent);
      const { dialect, request, traits } = place;
      const received = dialect.receive(request, { ...options, traits });
      const plan = received.type === "asked" ? answer(received, place) : replyPlan(received);
      return stepsOf(request.keepAlive ? plan : closing(plan));
    },
    forget: () => calls.clear(),
  };
}

interface Place {
  readonly prefix: string;
  readonly traits: readonly Trait[];
  /** The request as the dialect sees it, without the prefix. */
  readonly request: HttpRequest;
  readonly dialect: Dialect;
}

/**
 * `/lab/<traits>/…` is `/…` with these traits: for APIs that name no model, and for clients that
 * may not choose its name.
 */
function placeOf(request: HttpRequest): Place {
  const [prefix = "", words = ""] = /^\/lab\/([^/]+)(?=\/)/.exec(request.path) ?? [];
  if (prefix === "") return { prefix, traits: [], request, dialect: dialectFor(request) };
  const traits = readTraits(words.replaceAll(/%2b/gi, "+"));
  if (!traits) return { prefix, traits: [], request, dialect: unknownPath };
  const inner = { ...request, path: request.path.slice(prefix.length) };
  return { prefix, traits, request: inner, dialect: dialectFor(inner) };
}

function closing(plan: Plan): Plan {
  return { ...plan, headers: [...plan.headers, ["connection", "close"]] };
}

function streams(asked: Asked, traits: readonly Trait[]): boolean {
  return !has(traits, "json-for-stream") && (asked.stream || has(traits, "stream-for-json"));
}

function has(traits: readonly Trait[], wanted: LabModel): boolean {
  return traits.some(({ name }) => name === wanted);
}

function dialectFor(request: HttpRequest): Dialect {
  return DIALECTS.find((dialect) => dialect.serves(request)) ?? unknownPath;
}
