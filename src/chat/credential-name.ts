import { foldedName } from "./folded-name.ts";

/** Whole names, as {@link foldedName} has them. */
const NAMES: ReadonlySet<string> = new Set([
  "key",
  "auth",
  "sig",
  "jwt",
  "pwd",
  // Browsers send a realtime key as a WebSocket subprotocol:
  // https://platform.openai.com/docs/guides/realtime-websocket
  "secwebsocketprotocol",
]);

const ENDINGS =
  /(?:(?:api|access|secret|private|subscription|functions|license)key|token|secret|password|passwd|passphrase|signature|credentials?|authorization|cookie)$/;

/** What is known of names that came before: a call's headers are mostly the same ones. */
const known = new Map<string, boolean>();
const MAX_KNOWN = 1_000;
/** In characters. A longer name is somebody's own, and not kept. */
const MAX_KNOWN_LENGTH = 64;

/**
 * Whether what stands under a name, of a header, an argument or a member, is taken for a credential.
 * Case, marks between words and brackets (`apikey[]`, `filter[api_key]`, `X_Api_Key`) make no
 * difference: whoever reads it may not see one either.
 */
export function isCredentialName(name: string): boolean {
  const found = known.get(name);
  if (found !== undefined) return found;
  const verdict = name.split(/[[\]]+/).some((part) => {
    const folded = foldedName(part);
    return NAMES.has(folded) || ENDINGS.test(folded);
  });
  if (name.length > MAX_KNOWN_LENGTH) return verdict;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(name, verdict);
  return verdict;
}
