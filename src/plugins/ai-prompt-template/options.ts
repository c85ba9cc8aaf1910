import { z } from "zod";
import { maxRequestBodySize } from "../proxy-fields.ts";
import { parseTemplate } from "./template.ts";

export const promptTemplateOptions = z.strictObject({
  templates: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("What a request calls it: `{template://name}`."),
        template: z
          .string()
          .min(1)
          .superRefine(checkTemplate)
          .describe("Text of a whole JSON body; `{{name}}` stands for a value."),
      }),
    )
    .min(1)
    .describe("The templates. Of two with one name the first counts."),
  allow_untemplated_requests: z
    .boolean()
    .default(true)
    .describe("Let requests pass that name no template."),
  log_original_request: z
    .boolean()
    .default(false)
    .describe("Log the body as it came, as `ai.payload.original_request`."),
  merge_request_fields: z
    .boolean()
    .default(false)
    .describe(
      "Keep what the client writes beside its prompt, where the template does not say it. Without it only `model` and `stream` are kept.",
    ),
  coerce_properties: z
    .boolean()
    .default(false)
    .describe("Take numbers and booleans as values, not texts alone."),
  max_request_body_size: maxRequestBodySize,
});

function checkTemplate(source: string, context: z.RefinementCtx): void {
  try {
    parseTemplate(source);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const message = `the template is not the text of a JSON object: ${cause.message}`;
    context.addIssue({ code: "custom", message });
  }
}

export type PromptTemplateOptions = z.output<typeof promptTemplateOptions>;
