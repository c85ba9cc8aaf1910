import { z } from "zod";
import { entityName, id, nested, serviceReference, tags, timestamps } from "./reference-schemas.ts";
import { protocol } from "./service-schema.ts";

const path = z.string().superRefine((value, context) => {
  if (!/^~?\//.test(value)) {
    context.addIssue({
      code: "custom",
      message: "should start with: / (fixed path) or ~/ (regex path)",
    });
  } else if (value.startsWith("~") && !isExpression(namedGroups(value.slice(1)))) {
    context.addIssue({ code: "custom", message: "is not a regular expression" });
  }
});

/** PCRE's `(?P<name>…)` is `(?<name>…)` here. */
export function namedGroups(expression: string): string {
  return expression.replaceAll("(?P<", "(?<");
}

export const routeSchema = z.strictObject({
  id,
  name: entityName.optional(),
  service: serviceReference,
  protocols: z
    .array(protocol)
    .min(1)
    .default(["http", "https"])
    .describe("Protocols that clients may speak."),
  methods: z
    .array(z.string().regex(/^[A-Z]+$/, "a method is written in upper-case letters"))
    .default([])
    .describe("Methods that match; any when empty."),
  hosts: z
    .array(z.string().regex(/^(\*\.)?[^*\s/]+(\.\*)?$|^\*$/, "invalid hostname"))
    .default([])
    .describe("Hosts that match, with one wildcard at an end; any when empty."),
  paths: z
    .array(path)
    .default([])
    .describe("Path prefixes that match, or `~` and a regular expression; any when empty."),
  headers: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe("Headers that must be there, with the values they may have."),
  strip_path: z.boolean().default(true).describe("Whether the matched prefix is taken off."),
  preserve_host: z.boolean().default(false).describe("Whether the client's Host goes upstream."),
  path_handling: z.enum(["v0", "v1"]).default("v0").describe("How paths are joined."),
  regex_priority: z.int().default(0).describe("Order among regular expressions; higher first."),
  https_redirect_status_code: z
    .union([z.literal(426), z.literal(301), z.literal(302), z.literal(307), z.literal(308)])
    .default(426)
    .describe("Answer to plain HTTP on a route for https only."),
  request_buffering: z.boolean().optional().describe("Accepted; bodies are streamed."),
  response_buffering: z.boolean().optional().describe("Accepted; bodies are streamed."),
  snis: z.array(z.string()).optional().describe("Server names of the TLS handshake that match."),
  sources: z.array(z.unknown()).optional().describe("Client addresses that match (streams)."),
  destinations: z.array(z.unknown()).optional().describe("Listeners that match (streams)."),
  expression: z.string().optional().describe("Match as an expression."),
  priority: z.int().optional().describe("Order among expressions; higher first."),
  tags,
  ...timestamps,
  plugins: nested("Plugins for this route."),
});

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
