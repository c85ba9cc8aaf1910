import type { FilePart, TextPart } from "../chat/message.ts";

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
