import { isObject, type JsonObject } from "../json-schema.ts";
import { AnthropicRefusal } from "./anthropic-http.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

/** Refuses what does not have the shape, in Anthropic's words; paths are joined by dots. */
export function check(value: unknown, shape: Shape, path: string): void {
  if (shape.nullable && value === null) return;
  switch (shape.is) {
    case "any":
      return;
    case "string":
      if (typeof value !== "string") throw wrong(path, "Input should be a valid string");
      checkWord(value, shape, path);
      return;
    case "boolean":
      if (typeof value !== "boolean") throw wrong(path, "Input should be a valid boolean");
      return;
    case "integer":
    case "decimal":
      checkNumber(value, shape, path);
      return;
    case "array":
      checkArray(value, shape, path);
      return;
    case "object":
      checkMembers(asObject(value, path), shape, path);
      return;
    case "tagged":
      checkTagged(asObject(value, path), shape, path);
      return;
    case "either":
      checkEither(value, shape.options, path);
      return;
  }
}

export function checkMembers(value: JsonObject, shape: ObjectShape, path: string): void {
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) throw wrong(join(path, name), "Field required");
  }
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (inner) check(member, inner, join(path, name));
    else if (!shape.open) throw wrong(join(path, name), "Extra inputs are not permitted");
  }
}

export function wrong(path: string, problem: string): AnthropicRefusal {
  return new AnthropicRefusal(`${path}: ${problem}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function asObject(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value;
  throw wrong(path, "Input should be an object");
}

function checkWord(value: string, shape: Shape & { is: "string" }, path: string): void {
  if (shape.oneOf && !shape.oneOf.includes(value)) {
    throw wrong(path, `Input should be ${alternatives(shape.oneOf)}`);
  }
  if (shape.pattern && !shape.pattern.test(value)) {
    throw wrong(path, `String should match pattern '${shape.pattern.source}'`);
  }
}

function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
}

function checkNumber(
  value: unknown,
  { is, min, max }: Shape & { is: "integer" | "decimal" },
  path: string,
): void {
  if (typeof value !== "number") {
    throw wrong(path, `Input should be a valid ${is === "integer" ? "integer" : "number"}`);
  }
  if (is === "integer" && !Number.isInteger(value)) {
    throw wrong(path, "Input should be a valid integer, got a number with a fractional part");
  }
  if (min !== undefined && value < min) {
    throw wrong(path, `Input should be greater than or equal to ${min}`);
  }
  if (max !== undefined && value > max) {
    throw wrong(path, `Input should be less than or equal to ${max}`);
  }
}

function checkArray(value: unknown, shape: Shape & { is: "array" }, path: string): void {
  if (!Array.isArray(value)) throw wrong(path, "Input should be a valid list");
  if (shape.min !== undefined && value.length < shape.min) {
    throw wrong(path, `at least ${shape.min} item is required`);
  }
  if (shape.max !== undefined && value.length > shape.max) {
    throw wrong(path, `List should have at most ${shape.max} items after validation`);
  }
  value.forEach((item, i) => {
    check(item, shape.of, `${path}.${i}`);
  });
}

function checkTagged(value: JsonObject, shape: Shape & { is: "tagged" }, path: string): void {
  const tag = value[shape.tag];
  if (tag === undefined) throw wrong(join(path, shape.tag), "Field required");
  const variant = Object.hasOwn(shape.variants, String(tag))
    ? shape.variants[String(tag)]
    : undefined;
  if (!variant) {
    const expected = Object.keys(shape.variants)
      .map((name) => `'${name}'`)
      .join(", ");
    throw wrong(
      path,
      `Input tag '${String(tag)}' found using '${shape.tag}' does not match any of the expected tags: ${expected}`,
    );
  }
  checkMembers(value, variant, path);
}

function checkEither(value: unknown, options: readonly Shape[], path: string): void {
  const fitting = options.find((option) => sameKind(value, option));
  const first = options[0];
  if (fitting ?? first) check(value, fitting ?? first ?? { is: "any" }, path);
}

function sameKind(value: unknown, shape: Shape): boolean {
  if (Array.isArray(value)) return shape.is === "array";
  if (isObject(value)) return shape.is === "object" || shape.is === "tagged";
  if (typeof value === "number") return shape.is === "integer" || shape.is === "decimal";
  return typeof value === shape.is;
}

const MAX_POINTS = 4;

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching: tools, then system, then messages. */
export function checkCache(wire: JsonObject): void {
  const points = ["tools", "system", "messages"].flatMap((name) => pointsIn(wire[name]));
  if (points.length > MAX_POINTS) {
    throw new AnthropicRefusal(
      `A maximum of ${MAX_POINTS} blocks with cache_control may be provided. Found ${points.length}.`,
    );
  }
  const short = points.findIndex(({ ttl }) => ttl !== "1h");
  if (short >= 0 && points.slice(short).some(({ ttl }) => ttl === "1h")) {
    throw new AnthropicRefusal(
      "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
    );
  }
}

function pointsIn(value: unknown): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(pointsIn);
  if (!isObject(value)) return [];
  const own = isObject(value["cache_control"]) ? [value["cache_control"]] : [];
  return [...pointsIn(value["content"]), ...own];
}

export function blocksOf(message: JsonObject): readonly JsonObject[] {
  const { content } = message;
  return typeof content === "string" ? [{ type: "text", text: content }] : listOf(content);
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
