import type { ProviderName } from "../../providers/target-schema.ts";
import type { ShortProvider } from "./schema.ts";

/** Vendors whose operation's path holds the model: a base URL cannot be completed ahead of a call. */
const HOLDS_MODEL: ReadonlySet<ProviderName> = new Set(["bedrock", "gemini"]);

/** The end of a URL that names one operation. */
const OPERATION =
  /\/(?:(?:chat\/)?completions|embeddings|messages|complete|responses|models|api\/(?:chat|generate|embed|embeddings|tags)|generate(?:_stream)?|(?:(?<=\/v[12]\/)(?:chat|embed)))\/*$/;

/** What is wrong with a provider's url, which is a base that each call appends its operation to. */
export function baseUrlFault(
  type: ProviderName,
  { url, format }: Pick<ShortProvider, "url" | "format">,
): string | undefined {
  if (url === undefined) return undefined;
  if (HOLDS_MODEL.has(type)) {
    return `a url for ${type} is not built yet: its paths hold the model's name`;
  }
  // A server of plain prompts has one address, and it is called as it is written.
  if (format === "raw") return undefined;
  const [ending] = OPERATION.exec(url) ?? [];
  if (ending === undefined) return undefined;
  return `is the address of one operation, and each call appends its own: write ${url.slice(0, -ending.length)}`;
}
