import { isJsonObject, type JsonObject } from "../../../chat/json.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../../chat/response.ts";
import { membersBeside } from "../../fields.ts";
import type { AnswerContext } from "../../wire-format.ts";
import {
  decodeCohereFinish,
  decodeCohereUsage,
  decodeTokenCount,
  encodeCohereFinish,
  encodeCohereUsage,
} from "../answer.ts";
import { noAnswer } from "../error.ts";
import { FORMAT_NAME } from "./request.ts";

const NAMED = new Set(["id", "prompt", "generations", "meta"]);
/** The same of a server that answers as the first chat API does: one text, and an older count. */
const NAMED_BESIDE_TEXT = new Set([
  "text",
  "generation_id",
  "finish_reason",
  "meta",
  "token_count",
]);

/** The prompt it repeats is the client's own. */
export function decodeResponse(wire: JsonObject): ChatResponse {
  const isOneText = !Array.isArray(wire.generations) && typeof wire.text === "string";
  const generations = isOneText ? [wire] : wire.generations;
  if (!Array.isArray(generations)) throw noAnswer(wire);
  const usage = decodeCohereUsage(wire.meta) ?? decodeTokenCount(wire.token_count);
  const extra = membersBeside(wire, isOneText ? NAMED_BESIDE_TEXT : NAMED);
  const id = isOneText ? wire.generation_id : wire.id;
  return {
    id: typeof id === "string" ? id : "",
    model: "",
    choices: generations.filter(isJsonObject).map(decodeGeneration),
    ...(usage && { usage }),
    ...(extra && { extra, extraFormat: FORMAT_NAME }),
  };
}

function decodeGeneration(wire: JsonObject): Choice {
  const finish = decodeCohereFinish(wire.finish_reason, false);
  const content: ChoicePart[] =
    typeof wire.text === "string" && wire.text !== "" ? [{ type: "text", text: wire.text }] : [];
  return {
    content,
    finishReason: finish.reason,
    ...(finish.raw !== undefined && { rawFinishReason: finish.raw }),
  };
}

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const id = response.id || context.requestId;
  const { usage } = response;
  return {
    id,
    generations: response.choices.map((choice, index) => encodeGeneration(choice, id, index)),
    ...(usage && { meta: { api_version: { version: "1" }, ...encodeCohereUsage(usage) } }),
    ...(response.extraFormat === FORMAT_NAME && response.extra),
  };
}

/** Only words: what else the model gave has no seat here. */
export function encodeGeneration(choice: Choice, answerId: string, index: number): JsonObject {
  const words = choice.content.flatMap((part) =>
    part.type === "text" || part.type === "refusal" ? [part.text] : [],
  );
  const { finishReason, rawFinishReason } = choice;
  return {
    id: index === 0 ? answerId : `${answerId}-${index}`,
    index,
    text: words.join(""),
    ...(finishReason && { finish_reason: encodeCohereFinish(finishReason, rawFinishReason) }),
  };
}
