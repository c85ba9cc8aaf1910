import type { JsonObject } from "../../chat/json.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { withoutAbsent } from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { type StopRule, takenStops } from "../stop-words.ts";
import type { Family } from "./families.ts";

/** Whom the parameters are for; `thinks`: Claude does. */
export interface Sampling {
  readonly family: Family;
  readonly thinks: boolean;
}

/** `inferenceConfig`, or undefined when it says nothing. */
export function encodeInference(
  chat: ChatRequest,
  sampling: Sampling,
  notices: NoticeList,
): JsonObject | undefined {
  const temperature = encodeTemperature(chat.temperature, sampling, notices);
  const config = withoutAbsent({
    maxTokens: chat.maxTokens,
    temperature,
    topP: encodeTopP(chat.topP, temperature, sampling, notices),
    stopSequences: takenStops(chat.stop, stopRule(sampling.family), notices),
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html */
const MAX_STOPS = 2500;

function stopRule({ stops: takes }: Family): StopRule {
  return { vendor: "The model", max: MAX_STOPS, takes };
}

const THINKS = "Claude takes none while it thinks.";
const REJECTS = "The model takes no sampling parameters.";

function encodeTemperature(
  temperature: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): number | undefined {
  if (temperature === undefined) return undefined;
  if (family.claude?.rejectsSampling || (thinks && temperature !== 1)) {
    notices.dropped("temperature", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return undefined;
  }
  if (temperature <= 1) return temperature;
  notices.approximated("temperature", "Converse takes at most 1.");
  return 1;
}

/** https://docs.claude.com/en/docs/build-with-claude/extended-thinking: only the last twentieth may be cut. */
const LEAST_TOP_P = 0.95;

function encodeTopP(
  topP: number | undefined,
  temperature: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): number | undefined {
  if (topP === undefined) return undefined;
  if (family.claude?.rejectsSampling || (thinks && topP < LEAST_TOP_P)) {
    notices.dropped("top_p", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return undefined;
  }
  if (family.oneSampler && temperature !== undefined) {
    notices.dropped("top_p", "The model takes temperature or top_p, not both.");
    return undefined;
  }
  return topP;
}

/** For `additionalModelRequestFields`. */
export function encodeTopK(
  topK: number | undefined,
  { family, thinks }: Sampling,
  notices: NoticeList,
): JsonObject {
  if (topK === undefined) return {};
  if (family.claude?.rejectsSampling || thinks) {
    notices.dropped("top_k", family.claude?.rejectsSampling ? REJECTS : THINKS);
    return {};
  }
  switch (family.topK) {
    case "top_k":
      return { top_k: topK };
    case "k":
      return { k: topK };
    case "inferenceConfig.topK":
      return { inferenceConfig: { topK } };
    case undefined:
      notices.dropped("top_k", "The model has no such parameter.");
      return {};
  }
}
