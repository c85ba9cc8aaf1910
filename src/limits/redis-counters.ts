import type { Breaker } from "../redis/breaker.ts";
import type { RedisReply } from "../redis/redis-client.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { redisScript } from "../redis/redis-script.ts";
import {
  type Amounts,
  addTo,
  amountsIn,
  type Batch,
  chargeOutbox,
  nameAt,
  nameIn,
} from "./charge-outbox.ts";
import { counterTable } from "./counter-table.ts";
import type { Charge, Claim, Counters, Grant, Lease, Meter } from "./counters.ts";
import { leaseTable } from "./lease-table.ts";
import { MAX_COUNTERS, returned, standing, takenBy } from "./local-counters.ts";
import { CLAIM, COUNT } from "./redis-scripts.ts";
import { type Counted, spanAt } from "./window.ts";

/** A call asks twice, and is to lose no more than a tenth of a second. */
const ASK_MS = 90;
/** Where the last one was not answered. */
const ASK_AGAIN_MS = 10;
/** Nobody waits for what is told. */
const TELL_MS = 1_000;
const RETRY_MS = 1_000;
const LAST_WORDS_MS = 1_000;
const DAY_MS = 86_400_000;
/** So long it is known which batch of a node was counted. */
const NODE_KEPT_MS = 7 * DAY_MS;

export interface RedisCountersOptions {
  readonly redis: RedisConnection;
  readonly breaker: Breaker;
  /** Counters of another one are others. */
  readonly namespace: string;
  /** Seconds between two exchanges; with 0 each claim is asked of the server. */
  readonly syncSeconds: number;
}

/**
 * Counts in Redis or Valkey, for all nodes that share it.
 *
 * What a node counts is told in numbered batches, of which the server counts each once, however often it is told. While
 * the server does not answer, a node goes by what it heard last and what it has counted since: so of what was left of a
 * limit then each node may grant all, and no more. What it counted is told once the server is back. A claim whose fate is
 * not known is not told again: a few of those at the beginning of an outage may count for nothing, and none counts twice.
 */
export function redisCounters(options: RedisCountersOptions): Counters {
  const { redis, breaker, namespace, syncSeconds } = options;
  const isAsked = syncSeconds === 0;
  // What stands in braces says which slot of a cluster it is.
  const prefix = `dragoman:limits:{${encodeURIComponent(namespace)}}`;
  const node = crypto.randomUUID();
  const claimScript = redisScript(CLAIM);
  const heard = counterTable(MAX_COUNTERS);
  const outbox = chargeOutbox();
  const leases = leaseTable();
  /** By leases of this node that the server does not know. */
  const held: Amounts = new Map();
  /** By claims that the server may have granted, or may yet. */
  const doubted: Amounts = new Map();
  /** Whose counts are wanted at the next exchange. */
  const wanted = new Map<string, Meter>();
  let latestMs = 0;
  let wasAnswered = true;
  let telling: Promise<void> | undefined;
  let retry: Timer | undefined;

  function answered(): void {
    wasAnswered = true;
    doubted.clear();
  }

  const hold = (charges: readonly Charge[]) => {
    for (const charge of charges) addTo(held, charge);
  };

  /** As far as this node knows. */
  function known(meter: Meter, nowMs: number): Counted {
    const counted = heard.counted(meter, nowMs);
    const all = [outbox.unsent, outbox.sent?.amounts ?? new Map(), held, doubted];
    return all.map((amounts) => amountsIn(amounts, meter, counted.index)).reduce(sum, counted);
  }

  /** What the server does not know when it is asked after all that was sent. */
  function untold(meter: Meter, index: number): Counted {
    return sum(amountsIn(outbox.unsent, meter, index), amountsIn(held, meter, index));
  }

  function decide(claims: readonly Claim[], nowMs: number, lease: Lease | undefined) {
    hold(leases.overdue(nowMs).map(returned));
    const standings = claims.map((claim) => standing(claim, known(claim, nowMs), nowMs));
    const granted = standings.every(({ waitSeconds }) => waitSeconds === undefined);
    const taken = granted ? takenBy(claims, nowMs) : [];
    if (lease && taken.length > 0) {
      hold(taken);
      leases.hold(lease, taken);
    }
    return { granted, standings, taken };
  }

  /** Without the server. */
  function grantHere(claims: readonly Claim[], nowMs: number, lease: Lease | undefined): Grant {
    const { granted, standings, taken } = decide(claims, nowMs, lease);
    if (!lease) count(taken);
    for (const claim of isAsked ? [] : claims) wanted.set(nameAt(claim, nowMs), claim);
    return { granted, standings };
  }

  /** The server was asked, and it is not known what it did. */
  function grantInDoubt(claims: readonly Claim[], nowMs: number, lease: Lease | undefined): Grant {
    wasAnswered = false;
    const { granted, standings, taken } = decide(claims, nowMs, lease);
    if (!lease) for (const charge of taken) addTo(doubted, charge);
    else if (!granted) outbox.endLease(lease.id);
    return { granted, standings };
  }

  async function ask(claims: readonly Claim[], nowMs: number, lease: Lease | undefined) {
    const untolds = claims.map((claim) => untold(claim, spanAt(claim.window, nowMs).index));
    const ends = outbox.unsentLeases();
    const args = [
      prefix,
      `${nowMs}`,
      lease?.id ?? "",
      lease ? `${lease.untilMs}` : "",
      lease ? `${lease.untilMs - nowMs + DAY_MS}` : "",
      `${ends.length}`,
      ...ends,
      ...claims.flatMap((claim, at) => claimArguments(claim, nowMs, untolds[at])),
    ];
    const answer = listIn(await claimScript(redis, prefix, args));
    answered();
    const granted = numberIn(answer[0]) === 1;
    const standings = claims.map((claim, at) => {
      const { index } = spanAt(claim.window, nowMs);
      const [current, previous] = [answer[2 * at + 1], answer[2 * at + 2]].map(numberIn);
      const counted = { index, current: current ?? 0, previous: previous ?? 0 };
      const taken = granted ? Math.max(0, claim.amount) : 0;
      heard.set(claim, { ...counted, current: counted.current + taken }, nowMs);
      const all = sum(counted, untolds[at] ?? { index, current: 0, previous: 0 });
      return standing(claim, all, nowMs);
    });
    return { granted, standings };
  }

  function count(charges: readonly Charge[]): void {
    for (const charge of charges) if (charge.amount !== 0) outbox.add(charge);
  }

  /** One batch after another, until there is none or one fails. */
  async function tell(isEmptyToo: boolean): Promise<void> {
    let batch = outbox.next(isEmptyToo);
    while (batch) {
      const told = batch;
      try {
        await breaker.run(() => tellBatch(told), TELL_MS);
        batch = outbox.next(false);
      } catch {
        // The breaker says it, and the batch is told again.
        retry ??= setTimeout(() => {
          retry = undefined;
          void flush();
        }, RETRY_MS).unref();
        return;
      }
    }
  }

  async function tellBatch(batch: Batch): Promise<void> {
    const { number, endedLeases, entries } = batch;
    const ends = [`${endedLeases.length}`, ...endedLeases];
    const changes = entries.flatMap(({ name, amount, ...charge }) => [
      name,
      `${Math.round(amount)}`,
      `${keptMs(charge)}`,
    ]);
    const args = [prefix, node, `${number}`, `${NODE_KEPT_MS}`, ...ends, ...changes];
    const answer = listIn(await redis.send(prefix, ["EVAL", COUNT, "1", prefix, ...args]));
    if (!outbox.done(batch)) return;
    answered();
    for (const [at, entry] of entries.entries()) {
      const total = numberIn(answer[at]);
      const counted = heard.counted(entry, latestMs);
      const age = counted.index - spanAt(entry.window, entry.atMs).index;
      if (age === 0) heard.set(entry, { ...counted, current: total }, latestMs);
      if (age === 1) heard.set(entry, { ...counted, previous: total }, latestMs);
    }
  }

  function flush(isEmptyToo = breaker.isOpen()): Promise<void> {
    telling ??= tell(isEmptyToo).finally(() => {
      telling = undefined;
    });
    return telling;
  }

  /** Tells what was counted, and asks for what was looked at. */
  function exchange(): void {
    for (const meter of wanted.values()) {
      const { startMs } = spanAt(meter.window, latestMs);
      outbox.add({ ...meter, amount: 0, atMs: latestMs });
      if (meter.window.type === "sliding") {
        outbox.add({ ...meter, amount: 0, atMs: startMs - 1 });
      }
    }
    wanted.clear();
    void flush();
  }

  // The first call finds a connection.
  void flush(true);
  const exchanges = isAsked ? undefined : setInterval(exchange, syncSeconds * 1000).unref();

  return {
    claim(claims, nowMs, lease) {
      latestMs = nowMs;
      if (!isAsked) return grantHere(claims, nowMs, lease);
      // What was counted before is told first.
      void flush();
      if (breaker.isOpen()) return grantHere(claims, nowMs, lease);
      return breaker
        .run(() => ask(claims, nowMs, lease), wasAnswered ? ASK_MS : ASK_AGAIN_MS)
        .catch(() => grantInDoubt(claims, nowMs, lease));
    },
    add(charges, nowMs) {
      latestMs = nowMs;
      count(charges);
      if (isAsked) void flush();
    },
    settle(leaseId, used, nowMs) {
      latestMs = nowMs;
      hold(leases.end(leaseId).map(returned));
      if (isAsked) outbox.endLease(leaseId);
      count(used);
      if (isAsked) void flush();
    },
    async close() {
      clearInterval(exchanges);
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LAST_WORDS_MS);
      await Promise.race([flush(), late.promise]);
      clearTimeout(timer);
      clearTimeout(retry);
    },
  };
}

function claimArguments(claim: Claim, nowMs: number, untold: Counted | undefined) {
  const { window, limit, amount } = claim;
  const { index, startMs, endMs } = spanAt(window, nowMs);
  const isSliding = window.type === "sliding";
  return [
    nameIn(claim, index),
    nameIn(claim, index - 1),
    ...[isSliding ? endMs - nowMs : 0, endMs - startMs, limit, Math.round(amount)].map(String),
    ...[untold?.current ?? 0, untold?.previous ?? 0, keptMs({ ...claim, atMs: nowMs })].map(String),
  ];
}

/** A window counts while it is the one before. */
function keptMs({ window, atMs }: Pick<Charge, "window" | "atMs">): number {
  const { startMs, endMs } = spanAt(window, atMs);
  return 2 * (endMs - startMs);
}

function sum(one: Counted, other: Counted): Counted {
  const { index } = one;
  return {
    index,
    current: one.current + other.current,
    previous: one.previous + other.previous,
  };
}

function listIn(reply: RedisReply): readonly RedisReply[] {
  if (Array.isArray(reply)) return reply;
  throw new Error("Redis answered something else than a list");
}

function numberIn(reply: RedisReply | undefined): number {
  return Number(reply instanceof Buffer ? reply.toString("latin1") : reply);
}
