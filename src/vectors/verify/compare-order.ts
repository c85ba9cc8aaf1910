import type { Pairs } from "./compare-terms.ts";
import type { PlacedTerm, Question } from "./read-question.ts";

/** Up to here a part of a sentence may have moved; a long prompt has its words in the same order. */
const MAX_MOVED = 64;

interface Pair {
  readonly one: PlacedTerm;
  readonly other: PlacedTerm;
  readonly to: number;
}

/**
 * Whether the paired terms stand to each other as they did. A part that moved to the front does no harm; two
 * that changed places around a third do, and so do two that changed "from" and "to".
 */
export function isOrderSame(one: Question, other: Question, pairs: Pairs): boolean {
  const sorted = [...pairs].sort(([a], [b]) => a - b);
  const placed = sorted.flatMap(([at, to]): Pair[] => {
    const [left, right] = [one.terms[at], other.terms[to]];
    return left === undefined || right === undefined ? [] : [{ one: left, other: right, to }];
  });
  const isUnmoved = placed.every(({ to }, index) => to > (placed[index - 1]?.to ?? -1));
  if (placed.length > MAX_MOVED) return isUnmoved;
  if (areRolesExchanged(placed) || isRoleElsewhere(placed, "than")) return false;
  if (isTurnedRound(placed) || isAnotherActing(placed)) return false;
  const isPassive = isRoleOfOne(placed, "by");
  if (isUnmoved) return !isPassive || !isTurned(placed);
  return isPassive || !isExchanged(placed);
}

/**
 * Two terms of which each has the role that the other had, none among them: "90 from 17" beside "17 from 90".
 */
function areRolesExchanged(pairs: readonly Pair[]): boolean {
  const changed = pairs.filter(({ one, other }) => one.role !== other.role);
  const ways = new Set(changed.map(({ one, other }) => `${one.role} ${other.role}`));
  return changed.some(({ one, other }) => ways.has(`${other.role} ${one.role}`));
}

/** "From Paris" beside "to Paris". */
function isTurnedRound(pairs: readonly Pair[]): boolean {
  return pairs.some(({ one, other }) => {
    return (
      (one.role === "from" && other.role === "to") || (one.role === "to" && other.role === "from")
    );
  });
}

/** "Can my employer read my mail" beside "can I read my employer's mail": who acts and the act changed places. */
function isAnotherActing(pairs: readonly Pair[]): boolean {
  return pairs.some((pair, index) => {
    if (pair.one.role === pair.other.role) return false;
    const behind = pairs.slice(index + 1).filter((next) => {
      return next.to < pair.to && next.one.role !== next.other.role;
    });
    return behind.some((next) => isActing(pair.one, next.other) || isActing(next.other, pair.one));
  });
  function isActing(who: PlacedTerm, act: PlacedTerm): boolean {
    return who.role === "agent" && act.role === "speaker";
  }
}

function isRoleElsewhere(pairs: readonly Pair[], role: PlacedTerm["role"]): boolean {
  const inOne = pairs.filter(({ one }) => one.role === role);
  const inOther = pairs.filter(({ other }) => other.role === role);
  if (inOne.length === 0 || inOther.length === 0) return false;
  return !inOne.some((pair) => inOther.includes(pair));
}

function isRoleOfOne(pairs: readonly Pair[], role: PlacedTerm["role"]): boolean {
  return (
    pairs.some(({ one }) => one.role === role) !== pairs.some(({ other }) => other.role === role)
  );
}

/** "X acquired by Y" beside "X acquire Y": nothing moved, and yet who did it changed. */
function isTurned(pairs: readonly Pair[]): boolean {
  return pairs.some(({ one, other }, index) => {
    if (one.role !== "by" && other.role !== "by") return false;
    const verb = pairs[index - 1];
    return index >= 2 && verb !== undefined && verb.one.text !== verb.other.text;
  });
}

/** Whether around some term one has moved from before it to behind it, and another the other way. */
function isExchanged(pairs: readonly Pair[]): boolean {
  return pairs.some(({ to }, index) => {
    const isBehindNow = pairs.slice(0, index).some((before) => before.to > to);
    const isBeforeNow = pairs.slice(index + 1).some((behind) => behind.to < to);
    return isBehindNow && isBeforeNow;
  });
}
