import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { ClaudeTraits } from "../../claude/models.ts";
import type { NoticeList } from "../../notice-list.ts";
import { type StopRule, takenStops } from "../../stop-words.ts";

/** With a budget of thinking the API takes only top_p, and not a low one. */
const MIN_TOP_P_THINKING = 0.95;

/** https://platform.claude.com/docs/en/api/messages/create: temperature, top_p, top_k and stops. */
export function encodeSampling(
  chat: ChatRequest,
  traits: ClaudeTraits,
  thinks: boolean,
  list: NoticeList,
): JsonObject {
  const obstacle = traits.rejectsSampling
    ? "This model takes no sampling parameters."
    : thinks
      ? "This model takes it only when it does not think."
      : undefined;
  const members: Record<string, number | readonly string[]> = {};
  const { temperature, topP, topK } = chat;
  if (temperature !== undefined) {
    if (obstacle === undefined) members["temperature"] = clamped(temperature, list);
    else if (temperature !== 1) list.dropped("temperature", obstacle);
  }
  if (topP !== undefined) {
    const reason = topPObstacle(topP, chat, traits, thinks);
    if (reason === undefined) members["top_p"] = topP;
    else list.dropped("top_p", reason);
  }
  if (topK !== undefined) {
    if (obstacle === undefined) members["top_k"] = topK;
    else list.dropped("top_k", obstacle);
  }
  const stops = takenStops(chat.stop, STOPS, list);
  if (stops) members["stop_sequences"] = stops;
  return members;
}

/** OpenAI's range ends at 2, Anthropic's at 1. */
function clamped(temperature: number, list: NoticeList): number {
  if (temperature <= 1) return temperature;
  list.approximated(
    "temperature",
    `Anthropic's temperature ends at 1, so ${temperature} becomes 1.`,
  );
  return 1;
}

function topPObstacle(
  topP: number,
  { temperature }: ChatRequest,
  traits: ClaudeTraits,
  thinks: boolean,
): string | undefined {
  if (traits.rejectsSampling) return "This model takes no sampling parameters.";
  if (thinks && topP < MIN_TOP_P_THINKING) {
    return `This model takes no top_p below ${MIN_TOP_P_THINKING} when it thinks.`;
  }
  if (traits.rejectsCombinedSampling && !thinks && temperature !== undefined) {
    return "This model takes temperature or top_p, not both.";
  }
  return undefined;
}

/** The API refuses a sequence of white space. */
const STOPS: StopRule = { vendor: "Anthropic", max: Number.POSITIVE_INFINITY, takes: /\S/ };
