import { GatewayError } from "../../chat/error.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import { type Analysis, type Asking, analyser } from "./analyse.ts";
import { keptAnalyses } from "./kept-analyses.ts";
import type { ContentSafetyOptions } from "./options.ts";
import { piecesOf } from "./pieces.ts";

/** What a text may not be; the level is the least that is refused. */
export type Breach =
  | { readonly category: string; readonly level: number }
  | { readonly blocklist: string };

/**
 * What is wrong with a text of any length; empty where it may pass. Throws a `GatewayError` where that is
 * not known: `client_aborted`, or what is wrong with the service.
 */
export type Inspect = (text: string, asking: Asking) => Promise<readonly Breach[]>;

/** For all of a text. */
const INSPECTION_MS = 10_000;
/** Pieces of one text that are looked at together. */
const AT_ONCE = 8;

export function inspector(
  options: ContentSafetyOptions,
  name: string,
  operatorLog: OperatorLog,
): Inspect {
  const analyse = analyser(options, operatorLog);
  const kept = keptAnalyses(() => performance.now());
  let isFailing = false;

  async function analysed(text: string, asking: Asking): Promise<Analysis> {
    const endsAtMs = performance.now() + INSPECTION_MS;
    const pieces = piecesOf(text).values();
    const analyses: Analysis[] = [];
    let isDecided = false;
    let failure: { readonly cause: unknown } | undefined;
    const lane = async () => {
      for (const piece of pieces) {
        if (isDecided || failure) return;
        if (piece.trim() === "") continue;
        try {
          const analysis = await kept.of(piece, () => analyse(piece, asking, endsAtMs));
          isDecided ||= breachesIn(analysis, options).length > 0;
          analyses.push(analysis);
        } catch (cause) {
          failure ??= { cause };
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (failure && !isDecided) throw failure.cause;
    return worst(analyses);
  }

  return async (text, asking) => {
    try {
      const analysis = await analysed(text, asking);
      if (isFailing) operatorLog.say("notice", `${name}: texts are looked at again`);
      isFailing = false;
      return breachesIn(analysis, options);
    } catch (cause) {
      if (!(cause instanceof GatewayError) || cause.code === "client_aborted") throw cause;
      if (!isFailing) operatorLog.say("error", `${name}: ${told(cause, options)}`);
      isFailing = true;
      throw cause;
    }
  };
}

function told({ message }: GatewayError, { stop_on_error: stops }: ContentSafetyOptions): string {
  return `texts cannot be looked at, and are ${stops ? "refused" : "passed on"}: ${message}`;
}

/** What the pieces of a text come to. */
function worst(analyses: readonly Analysis[]): Analysis {
  const severities = new Map<string, number>();
  for (const analysis of analyses) {
    for (const [category, severity] of analysis.severities) {
      severities.set(category, Math.max(severity, severities.get(category) ?? 0));
    }
  }
  const blocklists = new Set(analyses.flatMap((analysis) => analysis.blocklists));
  return { severities, blocklists: [...blocklists] };
}

function breachesIn(
  { severities, blocklists }: Analysis,
  { categories = [] }: ContentSafetyOptions,
): readonly Breach[] {
  const breached = categories.flatMap(({ name, rejection_level: level }) =>
    (severities.get(name) ?? -1) >= level ? [{ category: name, level }] : [],
  );
  return [...breached, ...blocklists.map((blocklist) => ({ blocklist }))];
}
