import type { ModelListWriter } from "../wire-format.ts";

/** https://ai.google.dev/api/models: all that is known here of a model is its name and what it is asked. */
export const modelList: ModelListWriter = {
  all: (models) => ({ models: models.map((model) => modelList.one(model)) }),
  one: ({ id }) => ({
    name: `models/${id}`,
    displayName: id,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  }),
};
