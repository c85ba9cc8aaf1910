import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { RequestPatch } from "../wire-format.ts";
import { familyOf } from "./families.ts";

/** Model, stream and usage are not the body's: the URL names the first two, the third always comes. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const { maxTokens, temperature, topP } = patch;
  const inference = changed(wire.inferenceConfig, { maxTokens, temperature, topP });
  const fields =
    patch.topK === undefined ? undefined : patchTopK(wire, patch.topK, patch.model ?? "");
  if (!inference && !fields) return wire;
  return {
    ...wire,
    ...(inference && { inferenceConfig: inference }),
    ...(fields && { additionalModelRequestFields: fields }),
  };
}

/** The object with these members, or undefined when it has them already. */
function changed(
  value: Json | undefined,
  members: { readonly [name: string]: number | undefined },
): JsonObject | undefined {
  const base = isJsonObject(value) ? value : {};
  const news = Object.entries(members).filter(
    ([name, member]) => member !== undefined && base[name] !== member,
  );
  return news.length > 0 ? { ...base, ...Object.fromEntries(news) } : undefined;
}

/** Under the name that the client used, else the model's own. */
function patchTopK(wire: JsonObject, topK: number, model: string): JsonObject | undefined {
  const fields = isJsonObject(wire.additionalModelRequestFields)
    ? wire.additionalModelRequestFields
    : {};
  const inner = isJsonObject(fields.inferenceConfig) ? fields.inferenceConfig : {};
  if (typeof fields.top_k === "number") return changed(fields, { top_k: topK });
  if (typeof fields.k === "number") return changed(fields, { k: topK });
  const name = typeof inner.topK === "number" ? "inferenceConfig.topK" : familyOf(model).topK;
  switch (name) {
    case "top_k":
    case "k":
      return changed(fields, { [name]: topK });
    case "inferenceConfig.topK": {
      const config = changed(inner, { topK });
      return config && { ...fields, inferenceConfig: config };
    }
    case undefined:
      return undefined;
  }
}
