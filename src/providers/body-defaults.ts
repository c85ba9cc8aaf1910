import type { JsonObject } from "../chat/json.ts";
import type { Operation } from "./provider.ts";

/**
 * What the configuration says about a body that is passed through (embeddings, images, audio, …):
 * the selected model and the vector length hold, `seconds` and `size` fill in. `wire` itself when
 * nothing changes.
 */
export function withBodyDefaults(wire: JsonObject, operation: Operation): JsonObject {
  const changes = { ...modelMember(wire, operation), ...optionMembers(wire, operation) };
  return Object.keys(changes).length === 0 ? wire : { ...wire, ...changes };
}

function modelMember(wire: JsonObject, { model }: Operation): JsonObject {
  return model === "" || wire["model"] === model ? {} : { model };
}

function optionMembers(wire: JsonObject, { routeType, options }: Operation): JsonObject {
  const { embeddings_dimensions, seconds, size } = options;
  if (routeType === "llm/v1/embeddings") {
    return embeddings_dimensions === undefined ? {} : { dimensions: embeddings_dimensions };
  }
  const isVideo = routeType === "video/v1/videos/generations";
  const isImage = routeType.startsWith("image/");
  return {
    ...(isVideo && seconds !== undefined && wire["seconds"] === undefined && { seconds }),
    ...((isVideo || isImage) && size !== undefined && wire["size"] === undefined && { size }),
  };
}
