import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { RouteType } from "../../providers/target-schema.ts";

/**
 * Whether a request in OpenAI's shape is one that the route performs. The sentences are the
 * reference's, word for word: programs match on them.
 */
export function checkHasPrompt(wire: JsonObject): void {
  const { messages, prompt, input } = wire;
  const hasMessages = Array.isArray(messages) && messages.length > 0;
  const hasPrompt = typeof prompt === "string" || (Array.isArray(prompt) && prompt.length > 0);
  // Beside a prompt that is none, an input makes no request of another kind.
  const isAlone = (messages ?? prompt ?? null) === null;
  const hasInput = typeof input === "string" || (Array.isArray(input) && input.length > 0);
  if (!hasMessages && !hasPrompt && !(isAlone && hasInput)) {
    throw new GatewayError("invalid_request", "request body doesn't contain valid prompts");
  }
}

/** Throws `invalid_request` when the request is of another kind than `routeType`. */
export function checkOperation(wire: JsonObject, routeType: RouteType): void {
  const hasMessages = wire["messages"] !== undefined && wire["messages"] !== null;
  const hasPrompt = wire["prompt"] !== undefined && wire["prompt"] !== null;
  if (hasMessages && hasPrompt) {
    throw new GatewayError("invalid_request", "request matches multiple LLM request formats");
  }
  const detected = hasMessages
    ? "llm/v1/chat"
    : hasPrompt
      ? "llm/v1/completions"
      : "llm/v1/embeddings";
  if (detected !== routeType) {
    throw new GatewayError(
      "invalid_request",
      `[${detected}] message format is not compatible with [${routeType}] route type`,
    );
  }
}
