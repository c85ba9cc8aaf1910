import type { ModelListWriter, ShownModel } from "../../wire-format.ts";

/** Where nobody knows when a model was made: the API's own word for that. https://platform.claude.com/docs/en/api/models-list */
const UNKNOWN_TIME = "1970-01-01T00:00:00Z";

export const modelList: ModelListWriter = {
  all: (models) => ({
    data: models.map((model) => modelList.one(model)),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
  one: (model) => ({
    type: "model",
    id: model.id,
    display_name: model.id,
    created_at: timeOf(model),
  }),
};

function timeOf({ createdS }: ShownModel): string {
  if (createdS === undefined) return UNKNOWN_TIME;
  return new Date(createdS * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
