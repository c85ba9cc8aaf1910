import { z } from "zod";
import { definePlugin } from "../define-plugin.ts";
import { LIMIT_IDENTIFIERS, ownerOf } from "../limit-owner.ts";
import { openCounters, redisProblems, sharedBy } from "../open-counters.ts";
import { limitingRequests, requestLimit } from "../request-limits.ts";
import { redisSchema } from "../vectordb-schema.ts";

const identifier = z.enum(LIMIT_IDENTIFIERS);

const fields = z.strictObject({
  limit: z.array(z.number().positive()).min(1).describe("Requests in each window."),
  window_size: z.array(z.number().positive()).min(1).describe("Seconds of each window."),
  window_type: z
    .enum(["sliding", "fixed"])
    .default("sliding")
    .describe("Whether the part of the window before that still counts is added."),
  identifier: identifier.default("consumer").describe("Whose requests are counted."),
  compound_identifier: z
    .array(identifier)
    .optional()
    .describe("Several of them: each combination has counters of its own."),
  header_name: z.string().optional().describe("The header that tells callers apart."),
  path: z.string().startsWith("/").optional().describe("The path whose requests are counted."),
  strategy: z
    .enum(["local", "redis", "cluster"])
    .default("local")
    .describe("Where counters are kept."),
  sync_rate: z.number().optional().describe("Seconds between two exchanges with the store."),
  namespace: z.string().min(1).optional().describe("Counters of one namespace are shared."),
  dictionary_name: z
    .string()
    .default("kong_rate_limiting_counters")
    .describe("Accepted for old files; there are no dictionaries here."),
  lock_dictionary_name: z
    .string()
    .default("kong_locks")
    .describe("Accepted for old files; there are no dictionaries here."),
  redis: redisSchema.prefault({}),
  disable_penalty: z.boolean().default(false).describe("Whether refused requests do not count."),
  hide_client_headers: z
    .boolean()
    .default(false)
    .describe("Whether answers say nothing of limits."),
  retry_after_jitter_max: z
    .number()
    .min(0)
    .default(0)
    .describe("Seconds that are added to Retry-After at random, at most."),
  error_code: z.int().min(100).max(599).default(429).describe("Status of a refusal."),
  error_message: z.string().default("API rate limit exceeded").describe("What a refusal says."),
});

type Options = z.output<typeof fields>;

const rateLimitingAdvancedOptions = fields.superRefine((options, context) => {
  for (const message of problems(options)) {
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
});

function problems(options: Options): readonly string[] {
  const { strategy, sync_rate: rate, compound_identifier: compound = [] } = options;
  const identifiers = compound.length > 0 ? compound : [options.identifier];
  const found: string[] = [];
  if (options.limit.length !== options.window_size.length) {
    found.push("You must provide the same number of windows and limits");
  }
  if (identifiers.includes("header") && !options.header_name) found.push("No header name provided");
  if (identifiers.includes("path") && !options.path) found.push("No path provided");
  if (strategy === "local" && rate !== undefined && rate > -1) {
    found.push("sync_rate cannot be configured when using a local strategy");
  }
  if (strategy !== "local" && rate === undefined) {
    found.push("sync_rate is required if not using a local strategy");
  }
  if (strategy === "cluster" && rate !== undefined && rate !== -1) {
    found.push(
      "strategy 'cluster' needs a database: use 'redis', 'local', or set 'sync_rate' to -1",
    );
  }
  found.push(...redisProblems(options));
  return found;
}

/** https://developer.konghq.com/plugins/rate-limiting-advanced/ */
export const rateLimitingAdvanced = definePlugin({
  name: "rate-limiting-advanced",
  priority: 910,
  about: "Limits how many requests callers send in several windows of any size.",
  options: rateLimitingAdvancedOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create(options, { id, scope, processState }) {
    const namespace = options.namespace ?? id;
    const { counters, release } = openCounters(processState, sharedBy(options, namespace));
    const { compound_identifier: compound = [], window_type: type } = options;
    const identifiers = compound.length > 0 ? compound : [options.identifier];
    const limits = options.window_size.map((sizeSeconds, at) =>
      requestLimit(options.limit[at] ?? 0, { type, sizeSeconds }),
    );
    const handle = limitingRequests({
      counters,
      namespace,
      limits,
      owner(call) {
        const owners = identifiers.map((one) =>
          ownerOf(call, { ...options, identifier: one }, scope.consumerGroup),
        );
        if (owners.includes(undefined)) return undefined;
        return owners.map((owner = "") => `${owner.length}.${owner}`).join("|");
      },
      countsRefused: type === "sliding" && !options.disable_penalty,
      hidesHeaders: options.hide_client_headers,
      jitterMaxSeconds: options.retry_after_jitter_max,
      errorCode: options.error_code,
      errorMessage: options.error_message,
    });
    return { handle, close: release };
  },
});
