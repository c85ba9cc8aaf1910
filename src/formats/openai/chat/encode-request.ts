import type { JsonObject } from "../../../chat/json.ts";
import type {
  ChatRequest,
  Notice,
  ReasoningRequest,
  ResponseFormat,
} from "../../../chat/request.ts";
import { withoutAbsent } from "../../fields.ts";
import { withoutPaths } from "../../leftovers.ts";
import type { EncodedRequest } from "../../wire-format.ts";
import { encodeOptions } from "../options.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeToolChoice, encodeTools } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

export function encodeRequest(chat: ChatRequest): EncodedRequest {
  const notices: Notice[] = [];
  const own = ownExtra(chat, notices) ?? {};
  const extra = withoutPaths(own);
  const effort = chat.reasoning && encodeEffort(chat.reasoning, notices);
  const wire = withoutAbsent({
    ...extra,
    model: chat.model === "" ? undefined : chat.model,
    messages: encodeMessages(chat.messages, own, notices),
    tools: chat.tools && encodeTools(chat.tools, notices),
    tool_choice: chat.toolChoice && encodeToolChoice(chat.toolChoice, chat.tools ?? []),
    parallel_tool_calls: chat.parallelToolCalls,
    response_format: chat.responseFormat && encodeResponseFormat(chat.responseFormat),
    reasoning_effort: effort ?? extra.reasoning_effort,
    ...encodeOptions(chat, extra),
    logprobs: chat.logprobs && true,
    top_logprobs: chat.logprobs && chat.logprobs.top > 0 ? chat.logprobs.top : undefined,
    service_tier: chat.serviceTier,
  });
  return { wire, notices };
}

function ownExtra(chat: ChatRequest, notices: Notice[]): JsonObject | undefined {
  if (!chat.extra || chat.extraFormat === FORMAT_NAME) return chat.extra;
  for (const field of Object.keys(chat.extra)) {
    notices.push({ kind: "dropped", field, reason: "OpenAI Chat has no such member." });
  }
  return undefined;
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema":
      return {
        type: "json_schema",
        json_schema: {
          name: format.name,
          ...(format.description !== undefined && { description: format.description }),
          schema: format.schema,
          ...(format.strict !== undefined && { strict: format.strict }),
        },
      };
  }
}

/** The effort whose usual allowance is nearest above the budget; OpenAI Chat takes no number. */
const EFFORT_BUDGETS = [
  { effort: "low", upToTokens: 1024 },
  { effort: "medium", upToTokens: 8192 },
  { effort: "high", upToTokens: Number.POSITIVE_INFINITY },
] as const;

function encodeEffort(reasoning: ReasoningRequest, notices: Notice[]): string | undefined {
  if (reasoning.includeText !== undefined) {
    const reason = "OpenAI Chat has no switch for showing the reasoning.";
    notices.push({ kind: "dropped", field: "reasoning.includeText", reason });
  }
  const { effort, budgetTokens } = reasoning;
  if (effort !== undefined) return effort;
  if (budgetTokens !== undefined) {
    const nearest = EFFORT_BUDGETS.find((row) => budgetTokens <= row.upToTokens);
    const reason = `OpenAI Chat takes an effort word, not a number of tokens: ${nearest?.effort}.`;
    notices.push({ kind: "approximated", field: "reasoning.budgetTokens", reason });
    return nearest?.effort;
  }
  if (reasoning.adaptive) {
    const reason = "OpenAI Chat decides by the model's own default when no effort is named.";
    notices.push({ kind: "approximated", field: "reasoning.adaptive", reason });
  }
  return undefined;
}
