import { z } from "zod";
import { targetChecks } from "../../providers/target-checks.ts";
import { routeTypeSchema, type TargetConfig, targetSchema } from "../../providers/target-schema.ts";
import { balancedTargetSchema, balancerSchema } from "../balancer-schema.ts";

export const modelRouterOptions = z
  .strictObject({
    route_type: routeTypeSchema,
    max_request_body_size: z
      .int()
      .min(0)
      .default(33_554_432)
      .describe("Largest request body that is read, in bytes; 0 means no limit."),
    models: z
      .record(z.string(), z.array(balancedTargetSchema).min(1))
      .default({})
      .describe("Public model name → the targets that serve it."),
    balancers: z
      .record(z.string(), balancerSchema)
      .default({})
      .describe("Public model name → how its targets share the calls, where it has several."),
    providers: z
      .record(z.string(), targetSchema)
      .default({})
      .describe("Provider name → a target without a model: any model of it can be called."),
    other_keys: z
      .record(z.string(), z.array(targetSchema))
      .default({})
      .describe("Provider name → the same target with other keys; all of them take turns."),
    allowed_models: z
      .record(z.string(), z.array(z.string().min(1)))
      .default({})
      .describe(
        "Username of a consumer → the only models it may call; a name may end in `*`. Others may call any.",
      ),
  })
  .superRefine(({ models, balancers, providers, other_keys: otherKeys }, context) => {
    for (const [name, targets] of Object.entries(models)) {
      for (const [index, target] of targets.entries()) report(target, ["models", name, index]);
    }
    for (const [name, target] of Object.entries(providers)) report(target, ["providers", name]);
    for (const [name, targets] of Object.entries(otherKeys)) {
      for (const [index, target] of targets.entries()) report(target, ["other_keys", name, index]);
    }
    for (const [name, { algorithm }] of Object.entries(balancers)) {
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
