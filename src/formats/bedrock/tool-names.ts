/**
 * The tool that stands in for structured output where a model has none. A client's own tool of
 * that name, or of that name with underscores after it, goes under one underscore more, so that an
 * answer alone tells which of the two was called.
 */
export const JSON_OUTPUT = "json_output";

const RESERVED = /^json_output_*$/;

export function toWireName(name: string): string {
  return RESERVED.test(name) ? `${name}_` : name;
}

export function fromWireName(name: string): string {
  return name !== JSON_OUTPUT && RESERVED.test(name) ? name.slice(0, -1) : name;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html */
const ID = /^[a-zA-Z0-9_.:-]{1,64}$/;

/**
 * Converse takes ids of 64 letters, digits, `_`, `.`, `:` and `-`; another vendor's may be otherwise. The same
 * id gives the same id in every turn.
 */
export function toWireId(id: string): string {
  return ID.test(id) ? id : `call_${hash(id, 0x811c9dc5)}${hash(id, 0x01000193)}`;
}

/** http://www.isthe.com/chongo/tech/comp/fnv/ (32 bits, over UTF-16 code units). */
function hash(text: string, basis: number): string {
  let value = basis;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}
