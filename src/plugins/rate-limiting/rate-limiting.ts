import { z } from "zod";
import type { Window } from "../../limits/window.ts";
import { definePlugin } from "../define-plugin.ts";
import { LIMIT_IDENTIFIERS, ownerOf } from "../limit-owner.ts";
import { openCounters, redisProblems } from "../open-counters.ts";
import { limitingRequests, requestLimit } from "../request-limits.ts";
import { redisSchema } from "../vectordb-schema.ts";

/** Smallest first. */
const WINDOWS = {
  second: { type: "fixed", sizeSeconds: 1 },
  minute: { type: "fixed", sizeSeconds: 60 },
  hour: { type: "fixed", sizeSeconds: 3_600 },
  day: { type: "fixed", sizeSeconds: 86_400 },
  month: { type: "calendar", period: "month" },
  year: { type: "calendar", period: "year" },
} as const satisfies Record<string, Window>;

type Period = keyof typeof WINDOWS;
const PERIODS = Object.keys(WINDOWS) as readonly Period[];

const requests = (period: string) =>
  z.number().positive().optional().describe(`Requests in a ${period}.`);

const fields = z.strictObject({
  second: requests("second"),
  minute: requests("minute"),
  hour: requests("hour"),
  day: requests("day"),
  month: requests("month"),
  year: requests("year"),
  limit_by: z.enum(LIMIT_IDENTIFIERS).default("consumer").describe("Whose requests are counted."),
  header_name: z.string().optional().describe("The header that tells callers apart."),
  path: z.string().startsWith("/").optional().describe("The path whose requests are counted."),
  policy: z
    .enum(["local", "cluster", "redis"])
    .default("local")
    .describe("Where counters are kept."),
  fault_tolerant: z
    .boolean()
    .default(true)
    .describe("Accepted for old files; a store that fails never refuses a request."),
  redis: redisSchema.prefault({}),
  hide_client_headers: z
    .boolean()
    .default(false)
    .describe("Whether answers say nothing of limits."),
  error_code: z.int().min(100).max(599).default(429).describe("Status of a refusal."),
  error_message: z.string().default("API rate limit exceeded").describe("What a refusal says."),
  sync_rate: z
    .number()
    .default(-1)
    .describe("Seconds between two exchanges with Redis; 0 and less ask it each time."),
});

type RateLimitingOptions = z.output<typeof fields>;

const rateLimitingOptions = fields.superRefine((options, context) => {
  for (const message of problems(options)) {
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
});

function problems(options: RateLimitingOptions): readonly string[] {
  const found: string[] = [];
  const set = PERIODS.filter((period) => options[period] !== undefined);
  if (set.length === 0) {
    const names = PERIODS.map((period) => `'config.${period}'`).join(", ");
    found.push(`at least one of these fields must be non-empty: ${names}`);
  }
  for (const [at, larger] of set.entries()) {
    const smaller = set[at - 1];
    if (!smaller || (options[larger] ?? 0) >= (options[smaller] ?? 0)) continue;
    found.push(
      `The limit for ${larger}(${options[larger]}) cannot be lower than the limit for ${smaller}(${options[smaller]})`,
    );
  }
  if (options.limit_by === "header" && !options.header_name) {
    found.push("must set 'header_name' where limit_by is header");
  }
  if (options.limit_by === "path" && !options.path) {
    found.push("must set 'path' where limit_by is path");
  }
  if (options.policy === "cluster") {
    found.push("policy 'cluster' needs a database: use 'redis' or 'local'");
  }
  found.push(...redisProblems({ strategy: options.policy, redis: options.redis }));
  return found;
}

/** https://developer.konghq.com/plugins/rate-limiting/ */
export const rateLimiting = definePlugin({
  name: "rate-limiting",
  priority: 910,
  about: "Limits how many requests callers send in a time.",
  options: rateLimitingOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create(options, { id, scope, processState }) {
    const { redis, sync_rate: rate } = options;
    const syncSeconds = Math.max(0, rate);
    const shared = { redis, namespace: id, syncSeconds };
    const { counters, release } = openCounters(
      processState,
      options.policy === "redis" ? shared : undefined,
    );
    const limits = PERIODS.flatMap((period) => {
      const limit = options[period];
      return limit === undefined ? [] : [requestLimit(limit, WINDOWS[period])];
    });
    const handle = limitingRequests({
      counters,
      namespace: id,
      limits,
      owner: (call) =>
        ownerOf(call, { ...options, identifier: options.limit_by }, scope.consumerGroup),
      countsRefused: false,
      hidesHeaders: options.hide_client_headers,
      jitterMaxSeconds: 0,
      errorCode: options.error_code,
      errorMessage: options.error_message,
    });
    return { handle, close: release };
  },
});
