import { z } from "zod";
import { targetSchema } from "../../providers/target-schema.ts";

export const modelListOptions = z.strictObject({
  models: z
    .record(
      z.string(),
      z.strictObject({
        balance: z.string().optional().describe("How several targets share the calls."),
        targets: z.array(z.string()).optional().describe("`provider/model` of each of several."),
      }),
    )
    .default({})
    .describe("Public model name → who serves it, where that is more than one target."),
  providers: z
    .record(z.string(), targetSchema)
    .default({})
    .describe("Provider name → a target of it, which says where and with what key it is asked."),
  list: z
    .enum(["all", "configured"])
    .default("all")
    .describe(
      "Whether providers' own models are listed, as `provider/model`, or the public names alone.",
    ),
  allowed_models: z
    .record(z.string(), z.array(z.string().min(1)))
    .default({})
    .describe(
      "Username of a consumer → the only models it is shown; a name may end in `*`. Others see all.",
    ),
});

export type ModelListOptions = z.output<typeof modelListOptions>;
