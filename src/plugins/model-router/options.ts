import { z } from "zod";
import { targetChecks } from "../../providers/target-checks.ts";
import {
  llmFormatSchema,
  routeTypeSchema,
  type TargetConfig,
  targetSchema,
} from "../../providers/target-schema.ts";
import { balancedTargetSchema, balancerSchema } from "../balancer-schema.ts";

const timeout = {
  timeout_ms: z
    .int()
    .min(1)
    .optional()
    .describe(
      "How long to wait for headers, between two reads or two events that say something, and for a whole answer; the gateway's own clocks unless set.",
    ),
};
const routerTarget = targetSchema.extend(timeout);

export const modelRouterOptions = z
  .strictObject({
    route_type: routeTypeSchema,
    llm_format: llmFormatSchema,
    max_request_body_size: z
      .int()
      .min(0)
      .default(33_554_432)
      .describe("Largest request body that is read, in bytes; 0 means no limit."),
    exact: z
      .boolean()
      .default(false)
      .describe(
        "Whether only a POST to the route's own path is served; all else is left to plugins further in.",
      ),
    models: z
      .record(z.string(), z.array(balancedTargetSchema.extend(timeout)).min(1))
      .default({})
      .describe("Public model name → the targets that serve it."),
    balancers: z
      .record(z.string(), balancerSchema)
      .default({})
      .describe("Public model name → how its targets share the calls, where it has several."),
    providers: z
      .record(z.string(), routerTarget)
      .default({})
      .describe("Provider name → a target without a model: any model of it can be called."),
    other_keys: z
      .record(z.string(), z.array(routerTarget))
      .default({})
      .describe("Provider name → the same target with other keys; all of them take turns."),
    allowed_models: z
      .record(z.string(), z.array(z.string().min(1)))
      .default({})
      .describe(
        "Username of a consumer → the only models it may call; a name may end in `*`. Others may call any.",
      ),
  })
  .superRefine((options, context) => {
    for (const { target, path } of routerTargets(options)) report(target, path);
    for (const [name, { algorithm }] of Object.entries(options.balancers)) {
      if (algorithm !== "semantic") continue;
      const path = ["balancers", name, "algorithm"];
      const message = "semantic needs descriptions and an embedding model: use ai-proxy-advanced";
      context.addIssue({ code: "custom", path, message });
    }

    function report(target: TargetConfig, at: (string | number)[]): void {
      const needsDeployment = at[0] === "models";
      for (const { path, message } of targetChecks(target, { llmFormat: "openai" })) {
        // A provider's deployment is named after the model that each call asks for.
        if (!needsDeployment && message.includes("azure_deployment_id")) continue;
        context.addIssue({ code: "custom", path: [...at, ...path], message });
      }
    }
  });

export type ModelRouterOptions = z.output<typeof modelRouterOptions>;

interface RouterTargets {
  readonly models: Readonly<Record<string, readonly TargetConfig[]>>;
  readonly providers: Readonly<Record<string, TargetConfig>>;
  readonly other_keys: Readonly<Record<string, readonly TargetConfig[]>>;
}

/** Every target, and where it stands in the options. */
export function routerTargets({ models, providers, other_keys: otherKeys }: RouterTargets) {
  const listed = (field: string, lists: RouterTargets["models"]) =>
    Object.entries(lists).flatMap(([name, targets]) =>
      targets.map((target, index) => ({ target, path: [field, name, index] })),
    );
  return [
    ...listed("models", models),
    ...Object.entries(providers).map(([name, target]) => ({ target, path: ["providers", name] })),
    ...listed("other_keys", otherKeys),
  ];
}
