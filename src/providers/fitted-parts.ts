import { isJsonObject, type JsonObject } from "../chat/json.ts";
import { fileAt, imageFormatOfData, isPaddedBase64 } from "../formats/inline-files.ts";

/**
 * A part of content as every vendor of OpenAI's dialect reads it: without members that are null, and
 * an image's `data:` URL in the one way of writing it that they all know. `part` itself where it is so.
 */
export function plainPart(part: JsonObject): JsonObject {
  const said = withoutNulls(part);
  const { image_url: image } = said;
  if (typeof image === "string") return withUrl(said, {}, image);
  if (!isJsonObject(image)) return said;
  const shown = withoutNulls(image);
  if (typeof shown.url === "string") return withUrl(said, shown, shown.url);
  return shown === image ? said : { ...said, image_url: shown };
}

function withUrl(part: JsonObject, image: JsonObject, written: string): JsonObject {
  const url = isPlain(written) ? written : plainUrl(written);
  if (image === part.image_url && url === written) return part;
  return { ...part, image_url: { ...image, url } };
}

const ADDRESS = /^https?:\/\//;
const IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,/;
const LETTERS = /^[^,]*,[A-Za-z0-9+/]*={0,2}$/;

/** What every vendor reads as it stands. The letters of images are most of a request that has some. */
function isPlain(url: string): boolean {
  if (!IMAGE.test(url)) return ADDRESS.test(url);
  return isPaddedBase64(url, url.indexOf(",") + 1) || LETTERS.test(url);
}

function plainUrl(written: string): string {
  const { source, mediaType } = fileAt(written, "image/*");
  if (source.kind !== "base64") {
    return written.trim().replace(/^https?:/i, (scheme) => scheme.toLowerCase());
  }
  const seen = imageFormatOfData(source.data);
  const type = seen === undefined ? mediaType : `image/${seen}`;
  return `data:${type};base64,${source.data}`;
}

/** `object` itself where no member is null. */
export function withoutNulls(object: JsonObject): JsonObject {
  for (const member of Object.keys(object)) {
    if (object[member] !== null) continue;
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
  }
  return object;
}

/** `object` itself where it has none of the members; `tell` hears of those that had a value. */
export function withoutRefused(
  object: JsonObject,
  refused: ReadonlySet<string> | undefined,
  tell: (member: string) => void,
): JsonObject {
  if (!refused || !hasAny(object, refused)) return object;
  const entries = Object.entries(object).filter(([member, value]) => {
    if (!refused.has(member)) return true;
    if (value !== null && value !== undefined) tell(member);
    return false;
  });
  return Object.fromEntries(entries);
}

function hasAny(object: JsonObject, members: ReadonlySet<string>): boolean {
  for (const member of members) if (member in object) return true;
  return false;
}
