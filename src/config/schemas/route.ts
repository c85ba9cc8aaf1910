import { z } from "zod";
import { isHeaderName } from "../../framing/header-map.ts";
import {
  compileHeaderPattern,
  compilePathPattern,
  type Pattern,
} from "../../routing/path-pattern.ts";
import { headerExpression, hostProblem } from "../../routing/route-rule.ts";
import { entityName, id, nested, serviceReference, tags, timestamps } from "./reference.ts";
import { protocol } from "./service.ts";

const path = checked(z.string(), (value) => {
  if (!/^~?\//.test(value)) return "should start with: / (fixed path) or ~/ (regex path)";
  return value.startsWith("~") ? patternProblem(compilePathPattern(value.slice(1))) : undefined;
});

const headerName = checked(z.string(), (name) => {
  if (name.toLowerCase() === "host")
    return "cannot contain 'host' header, which must be specified in the 'hosts' attribute";
  return isHeaderName(name) ? undefined : `bad header name '${name}'`;
});

const headerValues = checked(z.array(z.string()).min(1), (values) => {
  const expression = headerExpression(values);
  return expression === undefined ? undefined : patternProblem(compileHeaderPattern(expression));
});

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
    .array(checked(z.string(), hostProblem))
    .default([])
    .describe("Hosts that match, with one wildcard at an end; any when empty."),
  paths: z
    .array(path)
    .default([])
    .describe("Path prefixes that match, or `~` and a regular expression; any when empty."),
  headers: z
    .record(headerName, headerValues)
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
  snis: z
    .array(checked(z.string(), serverNameProblem))
    .optional()
    .describe(
      "Names of servers that match, of what comes over TLS; any when empty. Clients ask for the name of their URL, which is their Host.",
    ),
  sources: z.array(z.unknown()).optional().describe("Client addresses that match (streams)."),
  destinations: z.array(z.unknown()).optional().describe("Listeners that match (streams)."),
  expression: z.string().optional().describe("Match as an expression."),
  priority: z.int().optional().describe("Order among expressions; higher first."),
  tags,
  ...timestamps,
  plugins: nested("Plugins for this route."),
});

/** What the router could not compile, or would never find, is a problem of the file. */
function checked<S extends z.ZodType>(
  schema: S,
  problemOf: (value: z.output<S>) => string | undefined,
) {
  return schema.superRefine((value, context) => {
    const message = problemOf(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

function serverNameProblem(name: string): string | undefined {
  if (/^[\d.]+$|[:\s/]/.test(name))
    return "invalid server name: must not be an address or have a port";
  return name.includes("*") ? "wildcards in server names are not built yet" : undefined;
}

function patternProblem(pattern: Pattern): string | undefined {
  return "problem" in pattern ? `invalid regex: ${pattern.problem}` : undefined;
}
