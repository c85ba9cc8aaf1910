import { z } from "zod";
import { compileFinder, PatternError } from "../pcre-pattern.ts";

const METHODS = [
  "GET",
  "HEAD",
  "PUT",
  "PATCH",
  "POST",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
] as const;

const origin = z
  .string()
  .min(1)
  .superRefine((written, context) => {
    try {
      originMatcher(written);
    } catch (cause) {
      if (!(cause instanceof PatternError)) throw cause;
      context.addIssue({ code: "custom", message: `invalid pattern: ${cause.message}` });
    }
  });

/** https://developer.konghq.com/plugins/cors/reference/ */
export const corsOptions = z.strictObject({
  origins: z
    .array(origin)
    .default([])
    .describe(
      "Origins whose pages may read answers: `https://app.example`, a host alone, a PCRE expression that matches the whole of either, or `*`. Any when empty.",
    ),
  methods: z
    .array(z.enum(METHODS))
    .default([...METHODS])
    .describe("Methods that pages may use."),
  headers: z
    .array(z.string())
    .default([])
    .describe("Request headers that pages may send; those they ask for when empty."),
  exposed_headers: z
    .array(z.string())
    .default([])
    .describe("Headers of answers that pages may read."),
  max_age: z
    .number()
    .optional()
    .describe("Seconds that a browser may remember the answer to a preflight."),
  credentials: z
    .boolean()
    .default(false)
    .describe("Whether pages may send cookies and other credentials of the browser."),
  private_network: z
    .boolean()
    .default(false)
    .describe("Whether pages of the public network may reach this one."),
  preflight_continue: z
    .boolean()
    .default(false)
    .describe("Whether preflights go on to the upstream."),
  allow_origin_absent: z
    .boolean()
    .default(true)
    .describe("Whether answers to requests without an origin carry these headers too."),
});

export type CorsOptions = z.output<typeof corsOptions>;

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
