import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse, ChoicePart } from "../../chat/response.ts";
import type { ModelOptions } from "../../providers/provider.ts";
import type { AiRecord } from "../../telemetry/call-record.ts";
import type { Plan } from "./plan.ts";
import { pricesOf } from "./prices.ts";

/** Opens the AI part of a call's record, once a target is chosen. */
export function openAiRecord(plan: Plan, parsedAtMs: number): AiRecord {
  const { resolved, settings } = plan;
  const { logging } = resolved.target.config;
  const { options, provider } = resolved.model;
  return {
    pluginId: settings.pluginId,
    statistics: logging.log_statistics,
    payloads: logging.log_payloads,
    provider,
    targetName: resolved.target.name,
    requestModel: plan.model,
    requestMode: plan.stream ? "stream" : "oneshot",
    ...(provider === "azure" && { coordinates: azureCoordinates(options) }),
    prices: pricesOf(options),
    parsedAtMs,
    generatedBytes: 0,
  };
}

function azureCoordinates(options: ModelOptions): Record<string, string> {
  const coordinates: Record<string, string> = {};
  if (options.azure_instance) coordinates["azure_instance_id"] = options.azure_instance;
  if (options.azure_deployment_id) coordinates["azure_deployment_id"] = options.azure_deployment_id;
  coordinates["azure_api_version"] = options.azure_api_version;
  return coordinates;
}

/** Notes what a whole answer says of itself. */
export function observeResponse(ai: AiRecord, response: ChatResponse): void {
  ai.firstTokenAtMs = performance.now();
  if (response.model !== "") ai.responseModel = response.model;
  if (response.usage) ai.usage = response.usage;
  const isCounted = (response.usage?.completionTokens ?? 0) > 0;
  for (const choice of response.choices) {
    if (choice.finishReason) ai.isFinished = true;
    // The vendor's count of a whole answer needs no estimate beside it.
    if (isCounted) continue;
    for (const part of choice.content) ai.generatedBytes += generatedBytes(part);
  }
}

function generatedBytes(part: ChoicePart): number {
  return Buffer.byteLength(part.type === "tool-call" ? part.arguments : part.text);
}

/**
 * Notes what a stream says of itself. True when one of the events says something: content, a tool
 * call, reasoning, an end; a role or a ping says nothing.
 */
export function observeEvents(ai: AiRecord, events: readonly ChatEvent[]): boolean {
  let semantic = false;
  for (const event of events) semantic = observeEvent(ai, event) || semantic;
  return semantic;
}

function observeEvent(ai: AiRecord, event: ChatEvent): boolean {
  switch (event.type) {
    case "message-start":
      if (event.model !== "") ai.responseModel = event.model;
      return false;
    case "text-delta":
      return observeText(ai, event.text);
    case "reasoning-delta":
      return observeText(ai, event.text ?? "");
    case "tool-call-delta":
      return observeText(ai, event.arguments);
    case "usage":
      ai.usage = event.usage;
      ai.reportedAtBytes = ai.generatedBytes;
      return false;
    case "finish":
      ai.isFinished = true;
      return true;
    case "block-start":
      return event.block.kind === "tool-call" && observeText(ai, event.block.name);
    case "block-end":
    case "annotation":
      return false;
    case "error":
      return true;
  }
}

function observeText(ai: AiRecord, text: string): boolean {
  ai.firstTokenAtMs ??= performance.now();
  ai.generatedBytes += Buffer.byteLength(text);
  return true;
}
