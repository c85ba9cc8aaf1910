const PLAIN = /^[\x20-\x7e]*$/;

/** A text as a header's value, which is bytes (RFC 9110 §5.5): what is not ASCII goes as UTF-8. */
export function headerText(text: string): string {
  if (PLAIN.test(text)) return text;
  return Buffer.from(text.replaceAll(/[\r\n\0]/g, " ")).toString("latin1");
}
