import { z } from "zod";
import { clientFormat } from "../../gateway/call/client-format.ts";
import { embeddingsProblems, embeddingsSchema } from "../../providers/embeddings-schema.ts";
import { isTranslated } from "../../providers/operations.ts";
import { targetChecks, unservedOperation } from "../../providers/target-checks.ts";
import { targetWarnings } from "../../providers/target-warnings.ts";
import {
  type BalancedTarget,
  type BalancerOptions,
  balancedTargetSchema,
  balancerSchema,
} from "../balancer-schema.ts";
import type { OptionsWarning } from "../define-plugin.ts";
import { proxyFields } from "../proxy-fields.ts";
import { vectordbSchema } from "../vectordb-schema.ts";
import { aclsSchema } from "./acl.ts";

const fields = z.strictObject({
  targets: z.array(balancedTargetSchema).min(1).describe("The models that calls are shared among."),
  balancer: balancerSchema.prefault({}),
  embeddings: embeddingsSchema.optional(),
  vectordb: vectordbSchema.optional(),
  acls: aclsSchema.optional(),
  ...proxyFields,
});

export type AdvancedOptions = z.output<typeof fields>;

export const advancedOptions = fields.superRefine((options, context) => {
  const report = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  for (const [index, target] of options.targets.entries()) {
    for (const { path, message } of targetChecks(target, { llmFormat: options.llm_format })) {
      report(["targets", index, ...path], message);
    }
    const unserved = unservedOperation(target);
    if (unserved) report(["targets", index, "route_type"], unserved);
  }
  for (const message of [...algorithmProblems(options), ...notBuilt(options)]) {
    report(["@entity"], message);
  }
});

function algorithmProblems({ targets, balancer, embeddings, vectordb }: AdvancedOptions): string[] {
  const problems: string[] = [];
  const { algorithm, tokens_count_strategy: metric } = balancer;
  if (algorithm === "semantic") {
    if (!embeddings) problems.push("must set 'embeddings' for the semantic algorithm");
    if (!vectordb) problems.push("must set 'vectordb' for the semantic algorithm");
    if (targets.some(({ description }) => !description)) {
      problems.push("must set 'description' on every target for the semantic algorithm");
    }
  }
  if (algorithm === "lowest-usage" && metric === "cost" && targets.some(hasNoPrice)) {
    problems.push(
      "must set 'model.options.input_cost' and 'model.options.output_cost' on every target to balance by cost",
    );
  }
  return problems;
}

function hasNoPrice({ model: { options } }: BalancedTarget): boolean {
  return options.input_cost === undefined || options.output_cost === undefined;
}

/** What loads but cannot be served by this version is refused at start, never ignored. */
function notBuilt(options: AdvancedOptions): string[] {
  const { targets, balancer, embeddings, vectordb, llm_format } = options;
  const refusals: string[] = [];
  const routeTypes = new Set(targets.map(({ route_type }) => route_type));
  for (const routeType of routeTypes) {
    if (!clientFormat(llm_format, routeType) || !isTranslated(routeType)) {
      refusals.push(
        `route_type '${routeType}' with llm_format '${llm_format}' is not built yet for several targets`,
      );
    }
  }
  if (routeTypes.size > 1) {
    refusals.push("targets of different route_type behind one route are not built yet");
  }
  if (balancer.algorithm === "lowest-usage" && balancer.tokens_count_strategy === "llm-accuracy") {
    refusals.push("balancing by llm-accuracy is not built yet: it needs ai-llm-as-judge");
  }
  if (balancer.algorithm === "semantic" && embeddings) {
    refusals.push(...embeddingsProblems(embeddings, vectordb?.dimensions ?? 0));
  }
  return refusals;
}

/** What works, but probably not as meant. */
export function advancedWarnings(options: AdvancedOptions): OptionsWarning[] {
  const { targets, balancer, vectordb, llm_format: llmFormat } = options;
  return [
    ...targets.flatMap((target, index) =>
      targetWarnings(target, { llmFormat }).map(({ path, message }) => ({
        path: ["targets", index, ...path],
        message,
      })),
    ),
    ...criteriaWarnings(balancer),
    ...(vectordb && vectordb.strategy !== "memory"
      ? [
          {
            path: ["vectordb", "strategy"],
            message: `the vectors of descriptions are few and stay in memory: ${vectordb.strategy} is not used`,
          },
        ]
      : []),
  ];
}

function criteriaWarnings(balancer: BalancerOptions): OptionsWarning[] {
  const { failover_criteria: criteria, retry_posts: retriesPosts } = balancer;
  const statuses = criteria.filter((criterion) => criterion.startsWith("http_"));
  if (statuses.length === 0 || retriesPosts || criteria.includes("non_idempotent")) return [];
  return [
    {
      path: ["balancer", "failover_criteria"],
      message: `${statuses.join(", ")} have no effect on POST, and LLM calls are: add non_idempotent`,
    },
  ];
}
