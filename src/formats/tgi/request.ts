import type { JsonObject } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { optionalBoolean, optionalString, requiredString } from "../fields.ts";
import { decodeTgiParameters, tgiExtra } from "./options.ts";

const SEATED = new Set(["model", "inputs", "parameters", "stream"]);

/** A prompt as it stands: what its words mean to the model is the client's affair. */
export function decodeTgiRequest(wire: JsonObject, format: string): ChatRequest {
  const extra = tgiExtra(wire, SEATED);
  return {
    kind: "completion",
    model: optionalString(wire, "model", "") ?? "",
    messages: [
      { role: "user", content: [{ type: "text", text: requiredString(wire, "inputs", "") }] },
    ],
    ...decodeTgiParameters(wire),
    stream: optionalBoolean(wire, "stream", "") ?? false,
    ...(extra && { extra, extraFormat: format }),
  };
}
