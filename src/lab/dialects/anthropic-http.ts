import type { Desk } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { AnthropicRefusal } from "./anthropic-error.ts";

/** The version that the request is in. `x-api-key` (or a bearer token) and `anthropic-version`: https://platform.claude.com/docs/en/api/overview */
export function checkHeaders(request: HttpRequest, desk: Desk): string {
  const { headers } = request;
  if (desk.keys) {
    const bearer = bearerOf({ headers });
    const key = headers.get("x-api-key") ?? bearer;
    if (key === undefined) throw new AnthropicRefusal("x-api-key header is required", 401);
    if (!desk.keys.has(key)) throw new AnthropicRefusal("invalid x-api-key", 401);
  }
  const version = headers.get("anthropic-version");
  if (version === null) throw new AnthropicRefusal("anthropic-version: header is required");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    throw new AnthropicRefusal(`anthropic-version: "${version}" is not a valid version`);
  }
  return version;
}

export function readJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") throw new AnthropicRefusal("Method Not Allowed", 405);
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new AnthropicRefusal("The request body is not valid JSON");
}
