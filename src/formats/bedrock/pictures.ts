import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import { imageFormatOfData } from "../image-signs.ts";
import { mediaTypeOf } from "./media-types.ts";

/**
 * A picture that the model drew has no seat of its own in an answer: it becomes Markdown. Empty
 * where there is none, for it could not be drawn.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html
 */
export function pictureText({ format, source }: JsonObject): string {
  const { bytes, s3Location } = isJsonObject(source) ? source : {};
  if (isJsonObject(s3Location) && typeof s3Location.uri === "string")
    return `![](${s3Location.uri})`;
  if (typeof bytes !== "string" || bytes === "") return "";
  const word = typeof format === "string" ? format : (imageFormatOfData(bytes) ?? "png");
  return `![](data:${mediaTypeOf("image", word)};base64,${bytes})`;
}

/** The picture whose bytes come in several pieces. */
export interface Sketch {
  add(delta: JsonObject): void;
  text(): string;
}

/** `start` tells the format. */
export function sketch(start: JsonObject): Sketch {
  const pieces: string[] = [];
  let address: JsonObject | undefined;
  return {
    add({ source }) {
      if (!isJsonObject(source)) return;
      if (typeof source.bytes === "string") pieces.push(source.bytes);
      if (isJsonObject(source.s3Location)) address = source;
    },
    text: () => pictureText({ ...start, source: address ?? { bytes: joinedBase64(pieces) } }),
  };
}

/** Each piece is base64 by itself, and all but the last may end in padding too. */
function joinedBase64(pieces: readonly string[]): string {
  const fits = pieces.slice(0, -1).every((piece) => piece.length % 4 === 0 && !piece.endsWith("="));
  if (fits) return pieces.join("");
  try {
    return btoa(pieces.map((piece) => atob(piece)).join(""));
  } catch {
    return pieces.join("");
  }
}
