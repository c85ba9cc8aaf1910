import { type Attempt, type CallRecord, failureCode } from "./call-record.ts";
import type { Clock } from "./elapsed.ts";
import { printable } from "./log-file.ts";

/** A provider's failure, and how often it was seen since it was last told. */
export interface ToldFailure {
  readonly event: "upstream_failed" | "credential_refused";
  readonly sentence: string;
  readonly facts: {
    readonly provider: string;
    readonly model: string;
    readonly address: string;
    readonly cause: string;
    /** Of the latest of them. */
    readonly request_id: string;
    readonly count: number;
  };
}

export interface FailureTally {
  /** Looks through a finished call. */
  saw(record: CallRecord): void;
  /** Tells what was counted and not told yet. */
  close(): void;
}

/** Failures of one kind are told at once, and then in a sum no more often than this. */
const QUIET_MS = 10_000;
/** Kinds that are told apart; hosts and models may come from clients. */
const MAX_KINDS = 200;
/** Those beyond, together. */
const OTHERS = "";

interface Failure {
  readonly attempt: Attempt;
  readonly cause: string;
  readonly requestId: string;
}

interface Kind {
  /** Since it was last told. */
  count: number;
  latest: Failure;
  stop(): void;
}

/** Tells of failed attempts: the first of a kind at once, the others counted. */
export function failureTally(clock: Clock, tell: (failure: ToldFailure) => void): FailureTally {
  const kinds = new Map<string, Kind>();

  function failed(failure: Failure): void {
    const key = keyOf(failure);
    const known = kinds.get(key);
    if (known) {
      known.count += 1;
      known.latest = failure;
      return;
    }
    tell(toldOf(failure, 1, ""));
    const kind: Kind = { count: 0, latest: failure, stop: () => {} };
    kinds.set(key, kind);
    wait(key, kind);
  }

  function keyOf({ attempt: { targetName, host, port }, cause }: Failure): string {
    const own = `${targetName} ${host}:${port} ${cause}`;
    return kinds.has(own) || kinds.size < MAX_KINDS ? own : OTHERS;
  }

  function wait(key: string, kind: Kind): void {
    kind.stop = clock.after(QUIET_MS, () => {
      if (kind.count === 0) {
        kinds.delete(key);
        return;
      }
      tellCounted(kind);
      wait(key, kind);
    });
  }

  function tellCounted(kind: Kind): void {
    tell(toldOf(kind.latest, kind.count, `, ${kind.count} more since`));
    kind.count = 0;
  }

  function saw({ attempts, questions, requestId }: CallRecord): void {
    for (const attempt of attempts) {
      const cause = providersFault(attempt);
      if (cause !== undefined) failed({ attempt, cause, requestId });
    }
    if (questions) for (const question of questions) saw(question);
  }

  return {
    saw,
    close() {
      for (const kind of kinds.values()) {
        kind.stop();
        if (kind.count > 0) tellCounted(kind);
      }
      kinds.clear();
    },
  };
}

/** Statuses below 500 by which a model's provider does not merely refuse what the client asked for. */
const OF_PROVIDER: ReadonlySet<number> = new Set([401, 402, 403, 408, 429]);

/** What an attempt failed with, unless it was the client's request. */
function providersFault(attempt: Attempt): string | undefined {
  const code = failureCode(attempt);
  if (code === undefined || attempt.refusedCredential) return code;
  const { error, status = 0 } = attempt;
  const answered = error && error.status < 500 ? error.status : status;
  const isModels = attempt.provider !== "";
  const isClients = answered >= 400 && answered < 500 && !(isModels && OF_PROVIDER.has(answered));
  return isClients ? undefined : code;
}

function toldOf({ attempt, cause, requestId }: Failure, count: number, often: string): ToldFailure {
  const provider = printable(attempt.targetName);
  const model = printable(attempt.model);
  const address = printable(`${attempt.host}:${attempt.port}`);
  const why = attempt.refusedCredential
    ? `refused the gateway's credential (${cause})`
    : causeOf(attempt, cause);
  const who = provider === "" ? `the service at ${address}` : `${provider} at ${address}`;
  const called = model === "" ? "" : `, model ${model}`;
  return {
    event: attempt.refusedCredential ? "credential_refused" : "upstream_failed",
    sentence: `${who}${called}: ${why}${often}; request ${requestId}`,
    facts: { provider, model, address, cause, request_id: requestId, count },
  };
}

/** With the system's own word for it, where there is one. */
function causeOf({ error }: Attempt, cause: string): string {
  const under = error?.cause;
  const code = under instanceof Error && "code" in under ? String(under.code) : "";
  return /^\w+$/.test(code) ? `${cause} (${code})` : cause;
}
