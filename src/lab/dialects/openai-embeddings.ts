import type { Asked, Desk, Dialect } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { askedForVectors, tokensOf, vectorOf } from "../vectors.ts";
import { azureDeployment } from "./openai-chat.ts";
import { refuseUnknown } from "./openai-chat-request.ts";
import { checkMembers, missing, type Shape } from "./openai-check.ts";
import {
  checkKey,
  isLenient,
  OpenAiRefusal,
  openAiStatusError,
  openAiText,
  orRefusal,
  readJson,
  stamp,
} from "./openai-http.ts";
import { TOO_LONG } from "./too-long.ts";

const MAX_INPUTS = 2048;
const integers: Shape = { is: "array", of: { is: "integer" }, min: 1, max: MAX_INPUTS };

const MEMBERS: Readonly<Record<string, Shape>> = {
  model: { is: "string" },
  input: {
    is: "either",
    options: [
      { is: "string" },
      { is: "array", of: { is: "string" }, min: 1, max: MAX_INPUTS },
      integers,
      { is: "array", of: integers, min: 1, max: MAX_INPUTS },
    ],
  },
  dimensions: { is: "integer", min: 1, nullable: true },
  encoding_format: { is: "string", oneOf: ["float", "base64"], nullable: true },
  user: { is: "string", nullable: true },
};

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export const openAiEmbeddings: Dialect = {
  name: "openai-embeddings",
  serves: ({ path }) => path.endsWith("/embeddings"),
  receive: (request, desk) =>
    orRefusal(() => {
      checkKey(request, desk);
      const wire = readJson(request);
      const model = azureDeployment(request) ?? wire["model"];
      if (model === undefined) throw missing("model");
      if (wire["input"] === undefined) throw missing("input");
      if (!isLenient(model, desk)) refuseUnknown(wire, MEMBERS);
      checkMembers({ ...wire, model }, { is: "object", members: MEMBERS, open: true }, "");
      checkDimensions(wire, String(model));
      return answerTo(wire, String(model), request, desk);
    }),
};

function checkDimensions(wire: JsonObject, model: string): void {
  const isFixed = model === "text-embedding-ada-002";
  if (!isFixed || (wire["dimensions"] ?? null) === null) return;
  throw new OpenAiRefusal({ message: "This model does not support specifying dimensions." });
}

/** Vectors of one length for each model, unless another is asked for. */
function lengthOf(wire: JsonObject, model: string): number {
  if (typeof wire["dimensions"] === "number") return wire["dimensions"];
  return model === "text-embedding-3-large" ? 3072 : 1536;
}

function answerTo(wire: JsonObject, model: string, request: HttpRequest, desk: Desk): Asked {
  const dimensions = lengthOf(wire, model);
  // Many imitators give numbers whatever they are asked for.
  const isBase64 = wire["encoding_format"] === "base64" && !isLenient(model, desk);
  return askedForVectors({
    model,
    texts: textsOf(wire["input"]),
    headers: stamp(request, desk, "").headers,
    whole: (texts) => {
      const tokens = tokensOf(texts);
      return openAiText({
        object: "list",
        data: texts.map((text, index) => {
          const vector = vectorOf(text, dimensions, desk.seed);
          return { object: "embedding", index, embedding: isBase64 ? base64(vector) : vector };
        }),
        model,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      });
    },
    error: (status) => openAiStatusError(status, model),
    tooLong: TOO_LONG.openai,
  });
}

/** Token ids are another tokenizer's; they count as words. */
function textsOf(input: unknown): readonly string[] {
  if (!Array.isArray(input)) return [String(input)];
  if (typeof input[0] === "number") return [input.join(" ")];
  return input.map((one) => (Array.isArray(one) ? one.join(" ") : String(one)));
}

function base64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString("base64");
}
