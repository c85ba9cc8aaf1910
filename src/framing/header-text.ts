/** A header's name is a token (RFC 9110 §5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** One byte for each character, and no control characters: a line break would begin another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHeaderName(text: string): boolean {
  return NAME.test(text);
}

export function isHeaderValue(text: string): boolean {
  return VALUE.test(text);
}

const PLAIN = /^[\x20-\x7e]*$/;

/** A text as a header's value, which is bytes (RFC 9110 §5.5): what is not ASCII goes as UTF-8. */
export function headerText(text: string): string {
  if (PLAIN.test(text)) return text;
  return String.fromCharCode(...new TextEncoder().encode(text.replaceAll(/[\r\n\0]/g, " ")));
}
