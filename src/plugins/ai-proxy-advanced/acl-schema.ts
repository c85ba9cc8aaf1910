import { z } from "zod";

const matchSchema = z.strictObject({
  type: z
    .enum(["consumer", "consumer_group", "header", "ip", "model", "path", "provider"])
    .describe("What is looked at."),
  key: z
    .string()
    .optional()
    .describe(
      "Header name; for consumer `id` or `username`, either unless set. Groups go by name.",
    ),
  values: z.array(z.string()).min(1).describe("Any of these matches."),
});

const rulesSchema = z
  .array(
    z.strictObject({ match: z.array(matchSchema).min(1).describe("All of these must match.") }),
  )
  .optional();

/** Who may call which targets. */
export const aclsSchema = z
  .strictObject({
    allow: rulesSchema.describe("If there are any, one of them must match."),
    deny: rulesSchema.describe("None of them may match."),
  })
  .describe("Rules for requests. A rule with a provider or a model is checked for each target.");

export type AclOptions = z.output<typeof aclsSchema>;
export type AclMatch = z.output<typeof matchSchema>;
