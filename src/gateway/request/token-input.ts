import type { GptEncoding } from "gpt-tokenizer/GptEncoding";
import { GatewayError } from "../../chat/error.ts";
import type { Json, JsonObject } from "../../chat/json.ts";
import { invalidField } from "../../formats/fields.ts";

/**
 * Token ids among the texts of a request for vectors. Clients of OpenAI's dialect may send them in place
 * of text, and LangChain does; a vendor of another dialect reads text alone.
 */

/** OpenAI takes no more in one request: https://platform.openai.com/docs/api-reference/embeddings/create */
const MAX_TOKENS = 300_000;

type Decoder = Pick<GptEncoding, "decode">;

/** Each encoding is a table of one to two megabytes, read where it is first needed. */
const ENCODINGS = {
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  p50k_base: () => import("gpt-tokenizer/encoding/p50k_base"),
  r50k_base: () => import("gpt-tokenizer/encoding/r50k_base"),
} as const satisfies Record<string, () => Promise<Decoder>>;

/** By the model's name, as OpenAI gave them: https://github.com/openai/tiktoken/blob/main/tiktoken/model.py */
const BY_MODEL: readonly (readonly [name: RegExp, encoding: keyof typeof ENCODINGS])[] = [
  [/^(?:chat)?gpt-(?:4o|4\.[15]|5|oss)|^o\d/, "o200k_base"],
  [
    /^(?:text|code)-(?:search|similarity)-|^(?:text-)?(?:davinci|curie|babbage|ada)(?:-001)?$/,
    "r50k_base",
  ],
  [/^(?:text-davinci-00[23]|code-)/, "p50k_base"],
];

function encodingFor(model: string) {
  return ENCODINGS[BY_MODEL.find(([name]) => name.test(model))?.[1] ?? "cl100k_base"];
}

/**
 * The request with text in place of token ids, in the encoding of the model that the client names;
 * `wire` itself where it holds none. Throws `invalid_request` for ids that mean nothing there.
 */
export function withTextInput(wire: JsonObject): JsonObject | Promise<JsonObject> {
  const { input } = wire;
  if (!Array.isArray(input)) return wire;
  const items: readonly Json[] = input;
  if (typeof items[0] === "number") return decoded(wire, [items], () => "input");
  if (!items.some(Array.isArray)) return wire;
  return decoded(wire, items, (at) => `input[${at}]`);
}

async function decoded(
  wire: JsonObject,
  items: readonly Json[],
  pathOf: (at: number) => string,
): Promise<JsonObject> {
  const count = items.reduce<number>((sum, one) => sum + (Array.isArray(one) ? one.length : 0), 0);
  if (count > MAX_TOKENS) {
    throw invalidField("input", `may hold ${MAX_TOKENS} token ids, and holds ${count}`);
  }
  const { decode } = await encodingFor(String(wire.model ?? ""))();
  const input = items.map((item, at) => {
    if (!Array.isArray(item)) return item;
    return decodedIds(item, pathOf(at), decode);
  });
  return { ...wire, input };
}

function decodedIds(ids: readonly Json[], path: string, decode: Decoder["decode"]): string {
  const isIds = (value: readonly Json[]): value is readonly number[] =>
    value.every((id) => Number.isInteger(id));
  if (!isIds(ids)) throw invalidField(path, "must hold token ids, which are whole numbers");
  try {
    return decode(ids);
  } catch (cause) {
    const words = `${path} holds token ids that the model's encoding does not have: send text`;
    throw new GatewayError("invalid_request", words, { cause, vendor: { param: path } });
  }
}
