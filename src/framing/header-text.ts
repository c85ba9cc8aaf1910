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

/**
 * Letters, digits and hyphens: names that every server reads alike. CGI and those after it make one
 * name of `x-user`, `x_user` and, some of them, `x.user` (RFC 3875 §4.1.18), so that a name with
 * anything else in it can pass for another. nginx drops such names unless told otherwise.
 * https://nginx.org/en/docs/http/ngx_http_core_module.html#ignore_invalid_headers
 */
const PLAIN_NAME = /^[a-z0-9-]+$/;

/** Whether a header by this name, in lower case, may go on to a server that we do not know. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

const IDENTITY =
  /^x[^a-z0-9]+(?:consumer|credential|authenticated|anonymous[^a-z0-9]+consumer)(?![a-z0-9])/;

/**
 * Whether a name, in lower case, says who the caller is, or folds into one that does. What stands
 * under it is said by the gateway alone.
 */
export function saysWhoCalls(name: string): boolean {
  return name.charCodeAt(0) === LETTER_X && IDENTITY.test(name);
}

const LETTER_X = 0x78;
