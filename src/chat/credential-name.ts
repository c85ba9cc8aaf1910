import { foldedName } from "./folded-name.ts";
import { remembered } from "./remembered.ts";

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

/**
 * Whether what stands under a name, of a header, an argument or a member, is taken for a credential.
 * Case, marks between words and brackets (`apikey[]`, `filter[api_key]`, `X_Api_Key`) make no
 * difference: whoever reads it may not see one either.
 */
export const isCredentialName = remembered((name) =>
  name.split(/[[\]]+/).some((part) => {
    const folded = foldedName(part);
    return NAMES.has(folded) || ENDINGS.test(folded);
  }),
);
