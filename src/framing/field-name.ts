/**
 * Letters, digits and hyphens: names that every server reads alike. CGI and those after it make one
 * name of `x-user`, `x_user` and, some of them, `x.user` (RFC 3875 §4.1.18), so that a name with
 * anything else in it can pass for another. nginx drops such names unless told otherwise.
 * https://nginx.org/en/docs/http/ngx_http_core_module.html#ignore_invalid_headers
 */
const PLAIN = /^[a-z0-9-]+$/;

/** Whether a header by this name, in lower case, may go on to a server that we do not know. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name);
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
