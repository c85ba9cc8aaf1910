import { z } from "zod";
import { PatternError } from "../pcre-pattern.ts";
import { originMatcher } from "./allowed-origin.ts";

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
