import { z } from "zod";
import { llmFormatSchema, PROVIDER_NAMES } from "../../providers/target-schema.ts";
import { isAddressBlock } from "../address-blocks.ts";
import type { OptionsWarning } from "../define-plugin.ts";
import { LIMIT_IDENTIFIERS } from "../limit-owner.ts";
import { readLua } from "../lua-function.ts";
import { LuaError } from "../lua-tokens.ts";
import { redisProblems } from "../open-counters.ts";
import { redisSchema } from "../vectordb-schema.ts";

const measure = z
  .enum(["total_tokens", "prompt_tokens", "completion_tokens", "cost"])
  .default("total_tokens");

const windowType = z.enum(["sliding", "fixed"]).default("sliding");

const luaFunction = z
  .string()
  .superRefine((source, context) => {
    try {
      readLua(source);
    } catch (cause) {
      if (!(cause instanceof LuaError)) throw cause;
      const message = `error parsing prompt function: ${cause.message}`;
      context.addIssue({ code: "custom", message });
    }
  })
  .optional();

const limitedProvider = z.strictObject({
  name: z
    .enum([...PROVIDER_NAMES, "requestPrompt", "customCost"])
    .describe("A provider, or what a function counts."),
  limit: z.array(z.number().min(0)).min(1).describe("What may be used in each window."),
  window_size: z.array(z.number().positive()).min(1).describe("Seconds of each window."),
});

const match = z.strictObject({
  type: z
    .enum(["consumer", "consumer_group", "header", "ip", "model", "path", "provider"])
    .describe("What of a call is looked at."),
  key: z
    .string()
    .optional()
    .describe("Which header; or whether consumers are named by id, username or custom_id."),
  values: z
    .array(z.string())
    .optional()
    .describe("Values that match; any does where none is given."),
  partition_by: z.boolean().default(false).describe("Whether each value has counters of its own."),
});

const policy = z.strictObject({
  match: z
    .array(match)
    .optional()
    .describe("What must all hold; without it, what no other matches."),
  limits: z
    .array(
      z.strictObject({
        limit: z.number().min(0).describe("What may be used in the window."),
        window_size: z.int().min(1).describe("Seconds."),
        tokens_count_strategy: measure.describe("What is counted."),
      }),
    )
    .min(1)
    .optional()
    .describe("Windows and what may be used in each."),
  window_type: windowType.describe(
    "Whether the part of the window before that still counts is added.",
  ),
  id: z
    .string()
    .optional()
    .describe("A policy of the file's ai_rate_limiting_policies, by id or name."),
});

const fields = z.strictObject({
  llm_providers: z.array(limitedProvider).min(1).optional().describe("Limits by provider."),
  policies: z.array(policy).min(1).optional().describe("Limits by what a call is."),
  window_type: windowType.describe("Of the limits by provider."),
  tokens_count_strategy: measure.describe("What the limits by provider count."),
  identifier: z.enum(LIMIT_IDENTIFIERS).default("consumer").describe("Whose counters they are."),
  header_name: z.string().min(1).optional().describe("The header that tells callers apart."),
  path: z
    .string()
    .regex(/^\/(?!.*\/\/)/, "should start with: /, and have no empty segments")
    .optional()
    .describe("The path whose calls are counted."),
  strategy: z
    .enum(["local", "redis", "cluster"])
    .default("local")
    .describe("Where counters are kept."),
  sync_rate: z
    .number()
    .optional()
    .describe("Seconds between two exchanges with the store; 0 asks it each time, -1 never."),
  namespace: z.string().min(1).optional().describe("Counters of one namespace are shared."),
  dictionary_name: z
    .string()
    .default("kong_rate_limiting_counters")
    .describe("Accepted for old files; there are no dictionaries here."),
  redis: redisSchema.prefault({}),
  decrease_by_fractions_in_redis: z
    .boolean()
    .default(false)
    .describe("Accepted for old files; fractions are always kept."),
  request_prompt_count_function: luaFunction.describe("What a request counts for requestPrompt."),
  custom_cost_count_function: luaFunction.describe("What a finished call counts for customCost."),
  disable_penalty: z
    .boolean()
    .default(false)
    .describe("Whether refused requests are not counted (requestPrompt in sliding windows)."),
  error_code: z.int().min(100).max(599).default(429).describe("Status of a refusal."),
  error_message: z
    .string()
    .default("AI token rate limit exceeded for provider(s): ")
    .describe("What a refusal says before the names of the limits."),
  error_hide_providers: z.boolean().default(false).describe("Whether these names are left out."),
  hide_client_headers: z
    .boolean()
    .default(false)
    .describe("Whether answers say nothing of limits."),
  retry_after_jitter_max: z
    .number()
    .default(0)
    .describe("Seconds that are added to Retry-After at random, at most."),
  llm_format: llmFormatSchema
    .optional()
    .describe("Accepted for old files; every dialect is counted."),
  reserve: z
    .boolean()
    .default(false)
    .describe(
      "Whether what a call may use is held before it is sent, so that calls at one time cannot pass a limit together. An extension.",
    ),
});

export type RateLimitOptions = z.output<typeof fields>;

export const rateLimitOptions = fields.superRefine((options, context) => {
  for (const message of problems(options)) {
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
});

function problems(options: RateLimitOptions): readonly string[] {
  const { llm_providers: providers, policies, identifier } = options;
  const found: string[] = [];
  if (!providers === !policies) {
    found.push("only one of these fields must be non-empty: 'llm_providers', 'policies'");
  }
  for (const { limit, window_size } of providers ?? []) {
    if (limit.length !== window_size.length) {
      found.push("You must provide the same number of windows and limits");
    }
  }
  found.push(...providerProblems(options), ...storeProblems(options));
  if (identifier === "header" && !options.header_name) found.push("No header name provided");
  if (identifier === "path" && !options.path) found.push("No path provided");
  if (options.retry_after_jitter_max < 0) {
    found.push("Non-negative retry_after_jitter_max value is expected");
  }
  for (const { id, limits, match: matches = [] } of policies ?? []) {
    for (const { type, values = [] } of matches) {
      const wrong = type === "ip" ? values.find((value) => !isAddressBlock(value)) : undefined;
      if (wrong !== undefined) found.push(`invalid ip or cidr range: '${wrong}'`);
    }
    if (id === undefined && !limits) found.push("a policy needs 'limits'");
    if (id !== undefined) found.push("policies by 'id' are not built yet: write its limits here");
  }
  return found;
}

function providerProblems(options: RateLimitOptions): readonly string[] {
  const found: string[] = [];
  const names = (options.llm_providers ?? []).map(({ name }) => name);
  for (const name of new Set(names)) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      found.push(`Provider '${name}' is not unique`);
    }
  }
  if (names.includes("requestPrompt") && !options.request_prompt_count_function) {
    found.push("You must provide request prompt count function when using requestPrompt provider");
  }
  if (names.includes("customCost") && !options.custom_cost_count_function) {
    found.push("You must provide custom cost count function when using customCost provider");
  }
  return found;
}

function storeProblems({ strategy, sync_rate: rate, redis }: RateLimitOptions): readonly string[] {
  if (strategy === "local") {
    const isShared = rate !== undefined && rate > -1;
    return isShared ? ["sync_rate cannot be configured when using a local strategy"] : [];
  }
  if (rate === undefined) return ["sync_rate is required if not using a local strategy"];
  if (rate > 0 && rate < 0.02) {
    return ["Config option 'sync_rate' must not be a decimal between 0 and 0.02"];
  }
  if (strategy === "cluster" && rate !== -1) {
    return [
      "[ai-rate-limiting-advanced] strategy 'cluster' is not supported with Hybrid deployments or DB-less mode. If you did not specify the strategy, please use 'redis' strategy, 'local' strategy or set 'sync_rate' to -1.",
    ];
  }
  return redisProblems({ strategy, redis });
}

/** Files of before 3.10 have one limit and one window as bare numbers. */
export function withLists(options: Readonly<Record<string, unknown>>) {
  const { llm_providers: providers } = options;
  if (!Array.isArray(providers)) return options;
  const listed = providers.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return entry;
    const { limit, window_size: size } = entry as Record<string, unknown>;
    return {
      ...entry,
      ...(typeof limit === "number" && { limit: [limit] }),
      ...(typeof size === "number" && { window_size: [size] }),
    };
  });
  return { ...options, llm_providers: listed };
}

export function rateLimitWarnings(options: RateLimitOptions): readonly OptionsWarning[] {
  const warnings: OptionsWarning[] = [];
  for (const [index, { match: matches = [] }] of (options.policies ?? []).entries()) {
    const named = matches.filter(({ type }) => type === "model" || type === "provider");
    if (named.length === 0 || named.some((one) => one.partition_by)) continue;
    warnings.push({
      path: ["policies", index],
      message:
        "this limit is enforced, and all callers that match share one counter; releases of the reference before 3.15 did not enforce it without partition_by",
    });
  }
  const named = options.llm_providers?.some(({ name }) => name === "requestPrompt");
  if (options.request_prompt_count_function && !named) {
    warnings.push({
      path: ["request_prompt_count_function"],
      message: "only asked for a provider that is called requestPrompt",
    });
  }
  return warnings;
}
