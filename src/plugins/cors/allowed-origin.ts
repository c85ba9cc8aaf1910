import { compileFinder } from "../pcre-pattern.ts";

/** An origin as browsers write it: scheme and host in lower case, the port unless it is the scheme's own. */
interface Origin {
  readonly whole: string;
  readonly host: string;
}

type Matches = (origin: Origin) => boolean;

/** What `Access-Control-Allow-Origin` says to a request, and whether that differs from origin to origin. */
export interface AllowedOrigin {
  /** Undefined where the origin may not read the answer. */
  readonly value: string | undefined;
  readonly varies: boolean;
}

/** Anything with another character is an expression. */
const PLAIN = /^[A-Za-z0-9.:/-]+$/;

/** One plain origin is told to everybody, as the reference does it; of others, the one that asks. */
export function allowedOrigins(
  written: readonly string[],
): (origin: string | null) => AllowedOrigin {
  const [only] = written;
  if (only === undefined || written.includes("*")) return () => ({ value: "*", varies: false });
  if (written.length === 1 && PLAIN.test(only)) return () => ({ value: only, varies: true });
  const matchers = written.map(originMatcher);
  return (asked) => {
    const origin = asked === null ? undefined : readOrigin(asked);
    const matches = origin !== undefined && matchers.some((one) => one(origin));
    return { value: matches ? origin.whole : undefined, varies: true };
  };
}

/** Throws `PatternError` for an expression that cannot be searched. */
export function originMatcher(written: string): Matches {
  if (written === "*") return () => true;
  const byHost = !written.includes(":");
  if (PLAIN.test(written)) {
    const { whole, host } = readOrigin(written) ?? { whole: written, host: written.toLowerCase() };
    return byHost ? (origin) => origin.host === host : (origin) => origin.whole === whole;
  }
  const find = compileFinder(`^(?:${written})$`, { ignoreCase: false, multiline: false });
  return ({ whole, host }) => find(byHost ? host : whole) !== undefined;
}

function readOrigin(written: string): Origin | undefined {
  if (!URL.canParse(written)) return undefined;
  const { protocol, host, hostname } = new URL(written);
  return host === "" ? undefined : { whole: `${protocol}//${host}`, host: hostname };
}
