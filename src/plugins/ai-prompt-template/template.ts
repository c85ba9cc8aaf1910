import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../chat/json.ts";

/** A template cut at its placeholders: text, a hole, text, a hole, text. */
export interface Template {
  /** One more than there are holes. */
  readonly texts: readonly string[];
  readonly holes: readonly Hole[];
}

interface Hole {
  readonly name: string;
  /** Within a string, a value is any text; elsewhere it must itself be a JSON scalar. */
  readonly inString: boolean;
}

export type Rendered =
  | { readonly wire: JsonObject }
  /** Names without a value, once each, in order of appearance. */
  | { readonly missing: readonly string[] }
  /** A value that is no number, `true`, `false` or `null`, in a place that is no string. */
  | { readonly unfit: string };

const PLACEHOLDER = /\{\{(\w+)\}\}/g;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/** Throws `SyntaxError` for a template that can never be the text of a JSON object. */
export function parseTemplate(source: string): Template {
  const texts: string[] = [];
  const holes: Hole[] = [];
  let from = 0;
  let inString = false;
  for (const match of source.matchAll(PLACEHOLDER)) {
    const text = source.slice(from, match.index);
    inString = endsInString(text, inString);
    texts.push(text);
    holes.push({ name: match[1] ?? "", inString });
    from = match.index + match[0].length;
  }
  texts.push(source.slice(from));
  const template = { texts, holes };
  const sample = joined(template, ({ inString: quoted }) => (quoted ? "x" : "0"));
  if (!isJsonObject(parseJson(sample))) throw new SyntaxError("the template is no JSON object");
  return template;
}

/** Whether a piece of JSON ends within a string, having begun within one or not. */
function endsInString(text: string, begunInString: boolean): boolean {
  let inString = begunInString;
  for (const [token] of text.matchAll(/\\[\s\S]|"/g)) if (token === '"') inString = !inString;
  return inString;
}

/** A value never ends the string it stands in: it is escaped as JSON. */
export function render(template: Template, values: ReadonlyMap<string, string>): Rendered {
  const missing = new Set<string>();
  for (const { name, inString } of template.holes) {
    const value = values.get(name);
    if (value === undefined) missing.add(name);
    else if (!inString && !SCALAR.test(value)) return { unfit: name };
  }
  if (missing.size > 0) return { missing: [...missing] };
  const text = joined(template, ({ name }) => escaped(values.get(name) ?? ""));
  const wire = parseJson(text);
  if (!isJsonObject(wire)) throw new SyntaxError("a rendered template is no JSON object");
  return { wire };
}

function joined({ texts, holes }: Template, fill: (hole: Hole) => string): string {
  return holes.reduce(
    (text, hole, at) => text + fill(hole) + (texts[at + 1] ?? ""),
    texts[0] ?? "",
  );
}

function escaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** The values that a request gives for a template's placeholders. Throws `invalid_request`. */
export function readProperties(wire: JsonObject, coerce: boolean): ReadonlyMap<string, string> {
  const { properties = {} } = wire;
  if (!isJsonObject(properties)) {
    throw new GatewayError("invalid_request", "properties must be an object");
  }
  return new Map(
    Object.entries(properties).map(([name, value]) => [name, valueText(value, coerce)] as const),
  );
}

function valueText(value: Json | undefined, coerce: boolean): string {
  if (typeof value === "string") return value;
  const type = typeName(value);
  if (coerce && (type === "number" || type === "boolean")) return JSON.stringify(value);
  throw new GatewayError("invalid_request", `property values must be a string, got ${type}`);
}

/** The reference names types as Lua does. */
function typeName(value: Json | undefined): string {
  if (value === null || value === undefined) return "userdata";
  // An integer too long for a double is kept as its text.
  if (typeof value === "object" && !JSON.isRawJSON(value)) return "table";
  return typeof value === "boolean" ? "boolean" : "number";
}
