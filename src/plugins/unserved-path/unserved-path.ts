import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { nearest } from "../../chat/nearest.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import { askedFormat } from "../../gateway/call/asked-format.ts";
import type { Call } from "../../gateway/call/call.ts";
import { errorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { definePlugin } from "../define-plugin.ts";

const options = z.strictObject({
  served: z
    .array(
      z.strictObject({
        path: z
          .string()
          .regex(/^\//, "should start with: /")
          .describe("Path; a `{name}` in it stands for anything."),
        also: z.array(z.string()).default([]).describe("Other paths that it is served at."),
        methods: z.array(z.string()).min(1).describe("Methods that are served there."),
        about: z.string().describe("What it is, in a few words."),
      }),
    )
    .min(1)
    .describe("What is served: the first is what callers are sent to who ask for something else."),
});

type Served = z.output<typeof options>["served"][number];

/** The last word on a service of nobody's: whoever gets here asked for what is not served. */
export const unservedPath = definePlugin({
  name: "unserved-path",
  // Inside the plugins that serve.
  priority: 760,
  about: "Answers requests that nobody serves, in the dialect they seem to speak.",
  options,
  scopes: ["route", "service"],
  create: ({ served }) => ({
    // Whoever serves a call has said by now where it goes.
    handle: (call, next) =>
      call.forward ? next(call) : Promise.resolve().then(() => answer(call, served)),
  }),
});

function answer(call: Call, served: readonly Served[]): Reply {
  const { method, path, headers } = call.request;
  const place = served.find((one) => [one.path, ...one.also].some((at) => isAt(path, at)));
  if (place && method === "OPTIONS") return { ...empty(204), headers: allowing(place) };
  const { format, operation } = askedFormat(path, headers);
  const error = place
    ? refusedMethod(call, place)
    : new GatewayError("not_found", unserved(call, served, operation));
  call.record.error = error;
  const reply = errorReply(error, format, call.id);
  if (error.status === 426) reply.headers.set("upgrade", "HTTP/1.1");
  if (place) for (const [name, value] of allowing(place)) reply.headers.set(name, value);
  return reply;
}

function isAt(path: string, served: string): boolean {
  const [before = "", rest] = served.split("{");
  if (rest === undefined) return path.replace(/\/$/, "") === served;
  return path.startsWith(before) && path.endsWith(rest.slice(rest.indexOf("}") + 1));
}

/**
 * Codex tries a WebSocket first: any other refusal than 426 (RFC 9110 §15.5.22) it takes for a passing fault,
 * and asks again for seconds.
 */
function refusedMethod({ request: { method, headers } }: Call, place: Served): GatewayError {
  const isWebSocket = headers.get("upgrade")?.toLowerCase() === "websocket";
  if (method !== "GET" || !isWebSocket) {
    return new GatewayError("method_not_allowed", wrongMethod(method, place));
  }
  const message = `WebSockets are not served at ${place.path}: send ${place.methods.join(" or ")} over HTTP/1.1.`;
  return new GatewayError("method_not_allowed", message, { status: 426 });
}

function wrongMethod(method: string, { path, methods, about }: Served): string {
  return `${method} is not served at ${path} (${about}): send ${methods.join(" or ")}.`;
}

function allowing({ methods }: Served): HeaderMap {
  return HeaderMap.of([["allow", [...methods, "OPTIONS"].join(", ")]]);
}

function empty(status: number): Pick<Reply, "status" | "body"> {
  return { status, body: { type: "whole", bytes: new Uint8Array() } };
}

function unserved(
  { request: { method, path, scheme, host } }: Call,
  served: readonly Served[],
  operation: string | undefined,
): string {
  const what = operation === undefined ? `${method} ${path}` : `${operation} (${method} ${path})`;
  const whole = served.filter(({ path: one }) => !one.endsWith("}"));
  const meant =
    operation === undefined
      ? nearestPath(
          path,
          whole.map((one) => one.path),
        )
      : undefined;
  const place = served.find((one) => one.path === meant) ?? served[0];
  const others = whole.filter((one) => one !== place).map(inShort);
  if (!place) return `${what} is not served here.`;
  const verb = meant === undefined ? "Call" : "Did you mean";
  const end = meant === undefined ? "." : "?";
  const address = `${place.methods[0]} ${scheme}://${host}${place.path}`;
  return `${what} is not served here. ${verb} ${address} (${place.about})${end} Also served: ${others.join(", ")}.`;
}

function inShort({ methods, path, about }: Served): string {
  return `${methods[0]} ${path} (${about})`;
}

/**
 * Of the paths that are served, the one that was meant: other letter case, slashes too many, a version
 * that is missing or stands twice, a prefix of another server's, a slip of the hand.
 */
export function nearestPath(asked: string, served: readonly string[]): string | undefined {
  const plain = asked.toLowerCase().replace(/\/+/g, "/").replace(/\/$/, "");
  const exact = served.find((path) => path === plain);
  if (exact !== undefined) return exact;
  const operations = served.map((path) => ({ path, operation: path.replace(/^\/v1/, "") }));
  // The longest first: `/chat/completions` ends in `/completions`.
  const ending = operations
    .filter(({ operation }) => plain.endsWith(operation))
    .sort((a, b) => b.operation.length - a.operation.length)[0];
  if (ending !== undefined) return ending.path;
  const known = served.flatMap((path) => [path, path.replace(/^\/v1/, "")]);
  const guess = nearest(plain, known);
  return guess === undefined ? undefined : served.find((path) => path.endsWith(guess));
}
