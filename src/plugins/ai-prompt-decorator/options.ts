import { z } from "zod";
import { llmFormatSchema } from "../../providers/target-schema.ts";
import { maxRequestBodySize } from "../proxy-fields.ts";

const addedMessage = z.strictObject({
  role: z.enum(["system", "assistant", "user"]).default("system").describe("Whose words they are."),
  content: z.string().min(1).max(100_000).describe("The words."),
});

const added = z.array(addedMessage).max(15).optional();

export const promptDecoratorOptions = z
  .strictObject({
    prompts: z
      .strictObject({
        prepend: added.describe("Messages to put before the client's, in this order."),
        append: added.describe("Messages to put after the client's, in this order."),
      })
      .prefault({})
      .describe("What is added to every conversation."),
    max_request_body_size: maxRequestBodySize,
    llm_format: llmFormatSchema,
  })
  .superRefine(({ prompts: { prepend = [], append = [] } }, context) => {
    if (prepend.length > 0 || append.length > 0) return;
    const message =
      "at least one of these fields must be non-empty: 'config.prompts.prepend', 'config.prompts.append'";
    context.addIssue({ code: "custom", path: ["@entity"], message });
  });

export type PromptDecoratorOptions = z.output<typeof promptDecoratorOptions>;
