import { z } from "zod";

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export const embeddingsRequestSchema = z.looseObject({
  model: z.string(),
  input: z
    .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
    .describe("One text; several; and tokens, which reach only a provider of the same dialect."),
  dimensions: z.int().nullish().describe("Length of the vectors, where the model has several."),
  encoding_format: z
    .enum(["float", "base64"])
    .nullish()
    .describe("Numbers, or little-endian float32 in base64."),
  user: z.string().nullish(),
});

/** https://platform.openai.com/docs/api-reference/embeddings/object */
export const embeddingsSchema = z.looseObject({
  object: z.literal("list"),
  data: z.array(
    z.looseObject({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.looseObject({
    prompt_tokens: z.int(),
    total_tokens: z.int(),
    estimated: z.boolean().optional().describe("Counted here: the provider reports nothing."),
  }),
});
