import { base64OfText, textOfBase64 } from "../inline-text.ts";

/**
 * Converse's opaque bytes are base64 in JSON, and its own SDKs refuse anything else; what other
 * vendors have for opaque (base64url, JSON) is wrapped so that it comes back as it was.
 */
const MARK = "opaque";
const MARK_BASE64 = btoa(MARK);

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBlob(opaque: string): string {
  if (BASE64.test(opaque) && !opaque.startsWith(MARK_BASE64)) return opaque;
  return MARK_BASE64 + base64OfText(opaque);
}

export function fromBlob(blob: string): string {
  if (!blob.startsWith(MARK_BASE64)) return blob;
  return textOfBase64(blob.slice(MARK_BASE64.length)) ?? blob;
}
