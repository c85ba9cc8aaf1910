import { targetWarnings } from "../../providers/target-warnings.ts";
import type { BalancerOptions } from "../balancer-schema.ts";
import type { OptionsWarning } from "../define-plugin.ts";
import type { AdvancedOptions } from "./options.ts";

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
