import type { ChatEvent } from "../../chat/event.ts";
import type { ChatResponse, ChoicePart } from "../../chat/response.ts";
import type { ModelOptions } from "../../providers/provider.ts";
import type { AiRecord } from "../../telemetry/call-record.ts";
import type { Prices } from "../../telemetry/cost.ts";
import type { Plan } from "./plan.ts";

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

const known = new WeakMap<ModelOptions, Prices>();

/** The prices of a target's options, in the form that `cost` takes. */
export function pricesOf(options: ModelOptions): Prices {
  const cached = known.get(options);
  if (cached) return cached;
  const prices = readPrices(options);
  known.set(options, prices);
  return prices;
}

function readPrices(options: ModelOptions): Prices {
  const { cache_write_cost_list, context_window_factor, service_tier_factor } = options;
  return {
    ...(options.input_cost !== undefined && { input: options.input_cost }),
    ...(options.output_cost !== undefined && { output: options.output_cost }),
    ...(options.cache_read_cost !== undefined && { cacheRead: options.cache_read_cost }),
    ...(options.cache_write_cost !== undefined && { cacheWrite: options.cache_write_cost }),
    ...(cache_write_cost_list && { cacheWriteByTtl: cache_write_cost_list }),
    ...(context_window_factor && {
      contextWindowFactors: context_window_factor.map((factor) => ({
        above: tokenCount(factor.above),
        input: factor.input_factor,
        output: factor.output_factor,
      })),
    }),
    ...(service_tier_factor && { serviceTierFactors: service_tier_factor }),
  };
}

const MULTIPLIERS: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 };

/** `200000`, `200_000`, `200k` and `1M` as a number of tokens; `Infinity` for anything else. */
export function tokenCount(text: string): number {
  const [, digits, unit] = /^([0-9][0-9_]*(?:\.[0-9]+)?)\s*([kKmM]?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return Number.POSITIVE_INFINITY;
  return Number(digits.replaceAll("_", "")) * (MULTIPLIERS[unit?.toLowerCase() ?? ""] ?? 1);
}
