import { z } from "zod";
import { targetSchema } from "../providers/target-schema.ts";
import { CRITERIA } from "../routing/balance/failure.ts";

export const ALGORITHMS = [
  "round-robin",
  "consistent-hashing",
  "least-connections",
  "lowest-latency",
  "lowest-usage",
  "priority",
  "semantic",
] as const;

/** Everything that says that a target, now, cannot serve what another may. */
export const ANY_FAILURE = [
  "error",
  "timeout",
  "invalid_header",
  "http_401",
  "http_403",
  "http_429",
  "http_500",
  "http_502",
  "http_503",
  "http_504",
  "non_idempotent",
] as const satisfies readonly (typeof CRITERIA)[number][];

/** What a timeout is where nobody has set one: the gateway's own, finer clocks hold then. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const MAX_TIMEOUT_MS = 2_147_483_646;
const MAX_COUNT = 32_767;

const timeoutMs = (description: string) =>
  z.int().min(1).max(MAX_TIMEOUT_MS).default(DEFAULT_TIMEOUT_MS).describe(description);

/** How calls are shared among targets, and when another one is asked. */
export const balancerSchema = z
  .strictObject({
    algorithm: z
      .enum(ALGORITHMS)
      .default("round-robin")
      .describe("How a target is chosen among those that can be called."),
    tokens_count_strategy: z
      .enum(["total-tokens", "prompt-tokens", "completion-tokens", "cost", "llm-accuracy"])
      .default("total-tokens")
      .describe("What lowest-usage keeps even."),
    latency_strategy: z
      .enum(["tpot", "e2e"])
      .default("tpot")
      .describe("What lowest-latency compares: time per output token, or time to the last byte."),
    hash_on_header: z
      .string()
      .default("X-Kong-LLM-Request-ID")
      .describe("Header whose value consistent-hashing goes by; calls without it take turns."),
    slots: z.int().min(10).max(65_536).default(10_000).describe("Size of the hash ring."),
    retries: z
      .int()
      .min(0)
      .max(MAX_COUNT)
      .default(5)
      .describe(
        "Attempts after the first. What was sent and failed is sent again for at most one call in five, and three besides, in any ten seconds.",
      ),
    failover_criteria: z
      .array(z.enum(CRITERIA))
      .default(["error", "timeout"])
      .describe(
        "What moves a call to another target. `http_…` and whatever fails once the request was sent count for a POST, as LLM calls are, only together with `non_idempotent`.",
      ),
    retry_posts: z
      .boolean()
      .default(false)
      .describe("The same as `non_idempotent` among failover_criteria."),
    connect_timeout: timeoutMs(
      "Milliseconds to connect to a target, TLS included; the wait for the headers goes on meanwhile. Nothing was sent when it ends, so that any call may move on. Through a forward proxy, and where the certificate is not checked, only the wait for the headers holds.",
    ),
    read_timeout: timeoutMs(
      "Milliseconds for the answer's headers, for a stream's first words and between them, and for a whole answer's body.",
    ),
    write_timeout: timeoutMs(
      "Milliseconds to send the request; counted on one clock with the wait for the headers, which ends at the longer of the two.",
    ),
    max_fails: z
      .int()
      .min(0)
      .max(MAX_COUNT)
      .default(0)
      .describe("Failures that open a target's circuit; 0 means that none do."),
    fail_timeout: z
      .int()
      .min(1)
      .max(MAX_TIMEOUT_MS)
      .default(10_000)
      .describe(
        "Milliseconds that a circuit stays open, and after which a success forgets earlier failures.",
      ),
    eject_outliers: z
      .boolean()
      .default(true)
      .describe(
        "Whether a target that failed three times in a row is asked last for a while, a second at first and a minute at most.",
      ),
  })
  .describe("How calls are shared among the targets.");

export type BalancerOptions = z.output<typeof balancerSchema>;

/** One of several targets. */
export const balancedTargetSchema = targetSchema.extend({
  weight: z
    .int()
    .min(1)
    .max(65_535)
    .default(100)
    .describe("The target's share; with priority, its rank: the highest is asked first."),
  description: z
    .string()
    .optional()
    .describe("What the target is good at, for semantic; `CATCHALL` takes what fits no other."),
  metadata: z.unknown().optional().describe("Anything; not used."),
});

export type BalancedTarget = z.output<typeof balancedTargetSchema>;
