import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Adaptation, Adapted } from "./chat-rules.ts";

/** OpenAI's words, least first. */
const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
type Effort = (typeof EFFORTS)[number];

/** For models that know some of the words: the nearest of them, the lesser of two. A vendor's own word stays. */
export function effortAmong(...taken: readonly Effort[]): Adaptation {
  return {
    about: `the nearest of ${taken.join(", ")}`,
    adapt(value) {
      const at = rankOf(value);
      if (at < 0 || taken.some((word) => word === value)) return undefined;
      const distance = (word: Effort) => Math.abs(EFFORTS.indexOf(word) - at);
      const nearest = taken.reduce((best, word) => (distance(word) < distance(best) ? word : best));
      return {
        members: { reasoning_effort: nearest },
        loss: { kind: "approximated", reason: `this model takes ${taken.join(", ")}: ${nearest}` },
      };
    },
  };
}

/** For options that go with no thinking alone; `byDefault`: the effort of a request that names none. */
export function unlessThinking(
  byDefault: Effort,
  isHarmless: (value: Json) => boolean,
): Adaptation {
  return {
    about: "taken only where reasoning_effort is none",
    adapt(value, { reasoning_effort: effort }) {
      if ((effort ?? byDefault) === "none") return undefined;
      if (isHarmless(value)) return { members: {} };
      return dropped("this model takes it only with reasoning_effort none");
    },
  };
}

/** Tokens that the words stand for where a number is wanted. */
const BUDGETS = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
} as const satisfies Record<Exclude<Effort, "none">, number>;

/** Undefined for a word that is none of OpenAI's. */
export function budgetOf(word: Json): number | undefined {
  return isThought(word) ? BUDGETS[word] : undefined;
}

/** What of the word a budget does not say; absent for the others. */
export function beyondBudget(word: Json): Pick<Adapted, "loss"> {
  if (word !== "xhigh" && word !== "max") return {};
  return { loss: { kind: "approximated", reason: "the greatest budget is that of high" } };
}

/** Left out, and why. */
export function dropped(reason: string): Adapted {
  return { members: {}, loss: { kind: "dropped", reason } };
}

/** Whether a tool must be called, which goes with no thinking at some vendors. */
export function forcesTool({ tool_choice: choice }: JsonObject): boolean {
  return choice === "required" || choice === "any" || isJsonObject(choice);
}

function rankOf(word: Json): number {
  return isEffort(word) ? EFFORTS.indexOf(word) : -1;
}

const KNOWN: ReadonlySet<unknown> = new Set(EFFORTS);

function isEffort(word: Json): word is Effort {
  return KNOWN.has(word);
}

function isThought(word: Json): word is Exclude<Effort, "none"> {
  return typeof word === "string" && Object.hasOwn(BUDGETS, word);
}

/** For vendors that refuse a longer list of stop sequences: the first ones stay. */
export function stopsUpTo(count: number): Adaptation {
  return {
    about: `the first ${count} of a list`,
    adapt(value) {
      if (!Array.isArray(value) || value.length <= count) return undefined;
      const reason = `at most ${count} stop sequences are taken`;
      return { members: { stop: value.slice(0, count) }, loss: { kind: "dropped", reason } };
    },
  };
}
