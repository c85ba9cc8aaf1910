import { createHash } from "node:crypto";

/** Which names of tools a vendor takes. */
export interface ToolNameRule {
  readonly accepted: RegExp;
  readonly maxLength: number;
}

/** The rule of OpenAI, Bedrock and most others: https://platform.openai.com/docs/api-reference/chat/create */
export const PLAIN_TOOL_NAMES: ToolNameRule = {
  accepted: /^[a-zA-Z0-9_-]{1,64}$/,
  maxLength: 64,
};

/** Refused otherwise as `tools.0.custom.name: String should match pattern …`; tool_use in history as well. */
export const CLAUDE_TOOL_NAMES: ToolNameRule = {
  accepted: /^[a-zA-Z0-9_-]{1,128}$/,
  maxLength: 128,
};

/** https://ai.google.dev/api/caching#FunctionDeclaration; older API versions stop at 64. */
export const GEMINI_TOOL_NAMES: ToolNameRule = {
  accepted: /^[a-zA-Z_][\w.:-]{0,63}$/,
  maxLength: 64,
};

/** Cohere's first API: "must not begin with a digit" (https://docs.cohere.com/v1/reference/chat#request.body.tools). */
export const WORD_TOOL_NAMES: ToolNameRule = { accepted: /^[a-zA-Z_]\w{0,63}$/, maxLength: 64 };

/** The names of one request's tools, as a vendor takes them. */
export interface ToolNames {
  /** `name` itself where the vendor takes it, otherwise one that follows from it and from nothing else. */
  sent(name: string): string;
  /** Names that gave way, by what stands in their place. */
  readonly originals: ReadonlyMap<string, string>;
}

/**
 * Legal names for a request, and the way back for its answer: a conversation goes from one vendor to
 * another with `files.read` or a name of ninety letters in it, and the client sees only its own names.
 */
export function toolNames({ accepted, maxLength }: ToolNameRule): ToolNames {
  const originals = new Map<string, string>();
  return {
    originals,
    sent(name) {
      if (name === "" || accepted.test(name)) return name;
      const legal = legalName(name, maxLength);
      originals.set(legal, name);
      return legal;
    },
  };
}

const DIGITS = 8;

/** What is readable of the name, and digits that tell two such names apart. */
function legalName(name: string, maxLength: number): string {
  const digits = createHash("sha256").update(name).digest("hex").slice(0, DIGITS);
  const readable = name.replaceAll(/\W+/g, "_").replace(/^(?![a-zA-Z_])/, "_");
  return `${readable.slice(0, maxLength - DIGITS - 1)}_${digits}`;
}
