/** What is read of headers, whoever holds them. */
export type ReadHeaders = Pick<Headers, "get" | "has"> & {
  forEach(see: (value: string, name: string) => void): void;
};

/**
 * Headers of a request that came in, or of an answer on its way out: names in lower case, one value
 * each. A plain object inside, because the runtime's `Headers` cost more for every touch.
 */
export class HeaderMap implements Iterable<readonly [name: string, value: string]> {
  readonly #fields: Record<string, string>;

  private constructor(fields: Record<string, string>) {
    this.#fields = fields;
  }

  static of(fields: Iterable<readonly [string, string]> = []): HeaderMap {
    const map = new HeaderMap(Object.create(null));
    for (const [name, value] of fields) map.append(name, value);
    return map;
  }

  /** What a client has sent, except what only the gateway can know: who the client is. */
  static received(headers: Headers): HeaderMap {
    const fields: Record<string, string> = headers.toJSON();
    for (const name in fields) if (saysWhoCalls(name)) delete fields[name];
    return new HeaderMap(fields);
  }

  /** Of what is read here and now: names in lower case, and the object is the map's from now on. */
  static owning(fields: Record<string, string>): HeaderMap {
    return new HeaderMap(fields);
  }

  /** As everywhere here, `name` may be in any case. */
  get(name: string): string | null {
    const value = this.#fields[name] ?? this.#fields[name.toLowerCase()];
    // What every object inherits is no text.
    return typeof value === "string" ? value : null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    this.#fields[name.toLowerCase()] = value;
  }

  /** Values of one name are joined as RFC 9110 §5.3 has it. */
  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const before = this.#fields[key];
    this.#fields[key] = typeof before === "string" ? `${before}, ${value}` : value;
  }

  delete(name: string): void {
    delete this.#fields[name.toLowerCase()];
  }

  forEach(see: (value: string, name: string) => void): void {
    for (const name in this.#fields) see(this.#fields[name] ?? "", name);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const name in this.#fields) yield [name, this.#fields[name] ?? ""];
  }

  /** A copy. */
  toJSON(): Record<string, string> {
    return { ...this.#fields };
  }
}

/**
 * A header by the name that a configuration has for it. Where none is sent by it, `_` stands for `-`:
 * so the reference's platform looks headers up (https://github.com/openresty/lua-nginx-module#ngxreqget_headers).
 */
export function headerNamed(headers: ReadHeaders, name: string): string | null {
  const value = headers.get(name);
  if (value !== null || !name.includes("_")) return value;
  return headers.get(dashed(name));
}

/** The other name by which such a header is found; the same where there is none. */
export function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

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
