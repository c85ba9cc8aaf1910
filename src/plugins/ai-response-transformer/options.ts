import { z } from "zod";
import { checkTransformer, transformerFields } from "../transformer-options.ts";

export const responseTransformerOptions = z
  .strictObject({
    ...transformerFields,
    parse_llm_response_json_instructions: z
      .boolean()
      .default(false)
      .describe(
        'Take the model\'s answer for `{"headers": {}, "status": 200, "body": "…"}` and answer the client so.',
      ),
    only_success: z
      .boolean()
      .default(false)
      .describe("Leave answers with a status of 400 or more as they are."),
  })
  .superRefine(checkTransformer);

export type ResponseTransformerOptions = z.output<typeof responseTransformerOptions>;
