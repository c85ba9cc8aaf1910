import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { RequestPatch } from "../wire-format.ts";

const CONFIG_MEMBERS = {
  maxTokens: ["maxOutputTokens", "max_output_tokens"],
  temperature: ["temperature", "temperature"],
  topP: ["topP", "top_p"],
  topK: ["topK", "top_k"],
} as const satisfies Partial<Record<keyof RequestPatch, readonly [string, string]>>;

/** Under the names the client used. Model and streaming are the URL's, and usage always comes. */
export function patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject {
  const key = wire.generation_config === undefined ? "generationConfig" : "generation_config";
  const config = isJsonObject(wire[key]) ? wire[key] : {};
  const changes: Record<string, Json> = {};
  for (const [name, [camel, snake]] of Object.entries(CONFIG_MEMBERS)) {
    const value = patch[name as keyof typeof CONFIG_MEMBERS];
    const member = config[snake] === undefined ? camel : snake;
    if (value !== undefined && config[member] !== value) changes[member] = value;
  }
  if (Object.keys(changes).length === 0) return wire;
  const { model: _model, stream: _stream, ...rest } = wire;
  return { ...rest, [key]: { ...config, ...changes } };
}
