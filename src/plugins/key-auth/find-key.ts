import { foldedName } from "../../chat/folded-name.ts";
import { isJsonObject, type Json, parseJson } from "../../chat/json.ts";
import { dashed, HeaderMap, headerNamed, type ReadHeaders } from "../../framing/header-map.ts";
import type { ClientRequest } from "../../gateway/call/client.ts";
import { bodyOf } from "../../gateway/call/client-body.ts";
import { mediaType } from "../../gateway/call/prompt.ts";
import { withoutArgument } from "../query-arguments.ts";
import type { KeyAuthOptions } from "./options.ts";

/** What a request offers as its keys, and what takes them out of a request. */
export interface Offer {
  /** In the order of their names; several under one name stand together. */
  readonly keys: readonly (string | readonly string[])[];
  readonly strip: (request: ClientRequest) => ClientRequest;
}

/** Largest body in which a key is looked for. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * The first value under the first name that has one, or under each name where all may be tried; an
 * empty one is none. Throws `body_too_large`.
 */
export async function findKey(request: ClientRequest, options: KeyAuthOptions): Promise<Offer> {
  const query = new URLSearchParams(options.key_in_query ? request.search : "");
  const body = options.key_in_body ? await bodyMembers(request) : undefined;
  const keys = new Map<string, string | readonly string[]>();
  for (const name of options.key_names) {
    const value =
      (options.key_in_header && headerValue(request.headers, name, options)) ||
      queryValue(query, name) ||
      body?.get(name);
    if (!value) continue;
    keys.set(name, value);
    if (!options.try_every_key) break;
  }
  const names = [...keys.keys()];
  return {
    keys: [...keys.values()],
    strip: (one) => (names.length === 0 ? one : without(one, names, body, options)),
  };
}

/** A name that a key has in the query, though none is looked for there. */
export function keyNameInQuery(search: string, names: ReadonlySet<string>): string | undefined {
  if (search === "") return undefined;
  return [...new URLSearchParams(search).keys()].find((name) => names.has(foldedName(name)));
}

type Value = string | readonly string[] | undefined;

function headerValue(
  headers: ReadHeaders,
  name: string,
  { key_strip_bearer }: KeyAuthOptions,
): Value {
  const value = headerNamed(headers, name) ?? undefined;
  return key_strip_bearer ? value?.replace(/^Bearer(?: +|$)/i, "") : value;
}

function queryValue(query: URLSearchParams, name: string): Value {
  const values = query.getAll(name);
  return values.length > 1 ? values : values[0];
}

/** Members of a body that may be keys, and a body without some of them; undefined where it has none. */
interface BodyMembers {
  get(name: string): Value;
  without(names: readonly string[]): Uint8Array | undefined;
}

async function bodyMembers({ headers, body }: ClientRequest): Promise<BodyMembers | undefined> {
  const type = mediaType(headers.get("content-type") ?? "");
  if (type === "application/x-www-form-urlencoded") {
    return formMembers(new TextDecoder().decode(await body.bytes(BODY_LIMIT_BYTES)));
  }
  if (type !== "application/json" && !type.endsWith("+json")) return undefined;
  return jsonMembers(new TextDecoder().decode(await body.bytes(BODY_LIMIT_BYTES)));
}

function formMembers(text: string): BodyMembers {
  const form = new URLSearchParams(text);
  return {
    get: (name) => queryValue(form, name),
    without(names) {
      if (!names.some((name) => form.has(name))) return undefined;
      const rest = new URLSearchParams(text);
      for (const name of names) rest.delete(name);
      return new TextEncoder().encode(rest.toString());
    },
  };
}

function jsonMembers(text: string): BodyMembers | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    // What is not JSON holds no key; whoever reads the body next says what is wrong with it.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const members = value;
  return {
    get: (name) => memberValue(Object.hasOwn(members, name) ? members[name] : undefined),
    without(names) {
      if (!names.some((name) => Object.hasOwn(members, name))) return undefined;
      const rest = Object.entries(members).filter(([name]) => !names.includes(name));
      return new TextEncoder().encode(JSON.stringify(Object.fromEntries(rest)));
    },
  };
}

function memberValue(value: Json | undefined): Value {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? [] : undefined;
}

function without(
  request: ClientRequest,
  names: readonly string[],
  body: BodyMembers | undefined,
  options: KeyAuthOptions,
): ClientRequest {
  const headers = HeaderMap.of(request.headers);
  for (const name of names) {
    // By the other name it is another header, unless the key was found there.
    if (options.key_in_header && !headers.has(name)) headers.delete(dashed(name));
    headers.delete(name);
  }
  const rest = body?.without(names);
  // What was read is inflated.
  if (rest) headers.delete("content-encoding");
  return {
    ...request,
    headers,
    search: names.reduce(withoutArgument, request.search),
    ...(rest && { body: bodyOf(rest) }),
  };
}
