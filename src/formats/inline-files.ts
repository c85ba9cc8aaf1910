import type { FilePart, TextPart } from "../chat/message.ts";

type InlineFile = Pick<FilePart, "mediaType"> & {
  readonly source: { readonly kind: "base64"; readonly data: string };
};

const SCHEME = /^\s*data:/i;

/**
 * The file at an address: a `data:` URL (RFC 2397) is read as what it holds, however it is written.
 * `fallback` is the type where nothing tells one.
 */
export function fileAt(url: string, fallback: string): Pick<FilePart, "mediaType" | "source"> {
  return readDataUrl(url, fallback) ?? { mediaType: fallback, source: { kind: "url", url } };
}

export function isDataUrl(url: string): boolean {
  return SCHEME.test(url);
}

/** Undefined for any other address, and for one without data. */
function readDataUrl(url: string, fallback: string): InlineFile | undefined {
  const scheme = SCHEME.exec(url)?.[0];
  const comma = url.indexOf(",");
  if (scheme === undefined || comma < 0) return undefined;
  const [type = "", ...parameters] = url.slice(scheme.length, comma).split(";");
  const isBase64 = parameters.some((one) => one.trim().toLowerCase() === "base64");
  const written = url.slice(comma + 1);
  return {
    mediaType: type.trim() === "" ? fallback : plainMediaType(type),
    source: { kind: "base64", data: isBase64 ? plainBase64(written) : base64OfEscaped(written) },
  };
}

/** Other words for a registered type. */
const REGISTERED: Readonly<Record<string, string>> = {
  "image/jpg": "image/jpeg",
  "image/pjpeg": "image/jpeg",
  "image/x-png": "image/png",
};

/** In lower case and without parameters. */
export function plainMediaType(written: string): string {
  const type = (written.split(";", 1)[0] ?? "").trim().toLowerCase();
  return REGISTERED[type] ?? type;
}

const FOREIGN = /[^A-Za-z0-9+/=]/;

/** RFC 4648 §4, from what also may have line breaks, escapes, the URL-safe letters, or no padding. */
export function plainBase64(written: string): string {
  if (isPaddedBase64(written, 0)) return written;
  const letters = FOREIGN.test(written) ? standardLetters(written) : written;
  const missing = -letters.length & 3;
  return missing === 0 || missing === 3 ? letters : letters + "=".repeat(missing);
}

/** Where letters are read to: nobody looks at what they say. */
const unread = new Uint8Array(48 * 1024);
const LETTERS_AT_ONCE = (unread.length / 3) * 4;

/**
 * Whether text from a place on is base64 as RFC 4648 §4 has it, padded, without any other character. The
 * runtime reads letters in a tenth of the time that looking at each of them takes, and skips white space
 * (https://tc39.es/proposal-arraybuffer-base64/spec/): that is seen by how many bytes there are.
 */
export function isPaddedBase64(text: string, from: number): boolean {
  const count = text.length - from;
  if (count % 4 !== 0) return false;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  let bytes = 0;
  try {
    for (let at = from; at < text.length; at += LETTERS_AT_ONCE) {
      bytes += unread.setFromBase64(text.slice(at, at + LETTERS_AT_ONCE)).written;
    }
  } catch {
    return false;
  }
  return bytes === Math.max(0, (count / 4) * 3 - padding);
}

function standardLetters(written: string): string {
  const unescaped = written.includes("%") ? latinText(bytesOfEscaped(written)) : written;
  return unescaped.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/");
}

function base64OfEscaped(written: string): string {
  return bytesOfEscaped(written).toBase64();
}

/** Percent-encoded bytes among text (RFC 3986 §2.1). */
function bytesOfEscaped(written: string): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = written
    .split(/((?:%[0-9A-Fa-f]{2})+)/)
    .map((piece, i) =>
      i % 2 === 1 ? Uint8Array.fromHex(piece.replaceAll("%", "")) : encoder.encode(piece),
    );
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function latinText(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** The first characters of an image in base64: its magic bytes. */
const SIGNS = [
  ["iVBORw", "png"],
  ["/9j/", "jpeg"],
  ["R0lGOD", "gif"],
  ["UklGR", "webp"],
] as const;

export type SignedImage = (typeof SIGNS)[number][1];

/** The format that the data itself tells; undefined for any other. */
export function imageFormatOfData(base64: string): SignedImage | undefined {
  return SIGNS.find(([sign]) => base64.startsWith(sign))?.[1];
}

const TEXT_TYPES = new Set(["application/json", "application/xml", "application/yaml"]);

/**
 * A text document as a text part, for a format that takes no documents; undefined when the file is
 * no text or does not stand in the request.
 */
export function inlineText(part: FilePart): TextPart | undefined {
  const { mediaType, source, name } = part;
  if (source.kind !== "base64") return undefined;
  if (!mediaType.startsWith("text/") && !TEXT_TYPES.has(mediaType)) return undefined;
  const text = textOfBase64(source.data);
  if (text === undefined) return undefined;
  return { type: "text", text: name === undefined ? text : `${name}\n\n${text}` };
}

/** Undefined when the bytes are not base64 or not UTF-8. */
export function textOfBase64(data: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function base64OfText(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
