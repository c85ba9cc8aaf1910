import { foldedName } from "../../chat/folded-name.ts";
import type { Middleware } from "../../gateway/call/call.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { definePlugin, type PluginContext } from "../define-plugin.ts";
import { consumerCalled, identified, notIdentified, realmParameter } from "../known-caller.ts";
import { findTokens, withoutTokens } from "../request-tokens.ts";
import { isSignedBy, member, readToken, type SignedToken } from "../signed-token.ts";
import { type JwtSecret, type JwtSecrets, jwtSecrets } from "./jwt-secrets.ts";
import { type JwtOptions, jwtOptions } from "./options.ts";

/** https://developer.konghq.com/plugins/jwt/ */
export const jwt = definePlugin({
  name: "jwt",
  priority: 1450,
  about: "Lets in callers with a token that a consumer's secret or key has signed.",
  options: jwtOptions,
  scopes: ["route", "service"],
  consumers: ({ anonymous }) => (anonymous ? [{ path: ["anonymous"], name: anonymous }] : []),
  create: (options, context) => ({ handle: middleware(options, context) }),
});

/** Why a token is not taken, word for word as the reference says it; `claims` are at fault by name. */
interface Fault {
  readonly message: string;
  readonly claims?: Readonly<Record<string, string>>;
}

function middleware(options: JwtOptions, context: PluginContext): Middleware {
  const secrets = jwtSecrets(context);
  const anonymous = consumerCalled(options.anonymous, context);
  const names = new Set([...options.header_names, ...options.uri_param_names].map(foldedName));
  const nothing = `Bearer${realmParameter(options.realm)}`;
  const passing = {
    strip: (request: Parameters<typeof withoutTokens>[0]) => withoutTokens(request, options),
    isHidden: false,
  };

  return async (call, next) => {
    if (!options.run_on_preflight && call.request.method === "OPTIONS") return next(call);
    // Where a plugin further out knows the caller, a consumer for strangers makes tokens optional.
    if (anonymous && call.record.authenticatedEntity) return next(call);
    hideNames(call.record, names);
    const tokens = findTokens(call.request, options);
    const verdict = await judged(tokens, secrets, options);
    if (!("message" in verdict)) {
      const { consumer, credentialId, key } = verdict;
      const credential = { id: credentialId, shownAs: key };
      return next(identified(call, { consumer, credential }, passing));
    }
    if (anonymous) return next(identified(call, { consumer: anonymous }, passing));
    const challenge = tokens.size === 0 ? nothing : `${nothing} error="invalid_token"`;
    const { message, claims } = verdict;
    return notIdentified(call, { message, challenge, ...(claims && { members: claims }) });
  };
}

async function judged(
  tokens: ReadonlySet<string>,
  secrets: JwtSecrets,
  options: JwtOptions,
): Promise<JwtSecret | Fault> {
  const [text] = tokens;
  if (text === undefined) return { message: "Unauthorized" };
  if (tokens.size > 1) return { message: "Multiple tokens provided" };
  const token = readToken(text);
  if (typeof token === "string") return { message: `Bad token; ${token}` };

  const claim = options.key_claim_name;
  const key = member(token.claims, claim) ?? member(token.header, claim);
  if (key === undefined || key === null) return { message: `No mandatory '${claim}' in claims` };
  if (typeof key !== "string" || key === "") return { message: `Invalid '${claim}' in claims` };
  const secret = secrets.get(key);
  if (!secret) return { message: `No credentials found for given '${claim}'` };
  if (token.algorithm !== secret.algorithm) return { message: "Invalid algorithm" };

  const verifies = verifyingKey(secret, options);
  if (verifies === undefined) return { message: "Invalid key/secret" };
  if (!(await isSignedBy(token, secret.algorithm, verifies))) {
    return { message: "Invalid signature" };
  }
  const claims = faultyClaims(token, options, Math.floor(Date.now() / 1000));
  if (!claims) return secret;
  const message = Object.entries(claims).map(([name, fault]) => `${name}: ${fault}`);
  return { message: message.join(", "), claims };
}

function verifyingKey({ verifies }: JwtSecret, { secret_is_base64: isBase64 }: JwtOptions) {
  if (typeof verifies !== "string") return verifies;
  // Reads base64url too, and takes what is no letter for nothing.
  const bytes = Buffer.from(verifies, isBase64 ? "base64" : "utf8");
  return bytes.byteLength === 0 ? undefined : bytes;
}

function faultyClaims(
  { claims }: SignedToken,
  { claims_to_verify: wanted = [], maximum_expiration: furthestS }: JwtOptions,
  nowS: number,
): Fault["claims"] {
  const faults: Record<string, string> = {};
  for (const name of wanted) {
    const value = member(claims, name);
    if (typeof value !== "number") faults[name] = "must be a number";
    else if (name === "exp" && value <= nowS) faults[name] = "token expired";
    else if (name === "nbf" && value > nowS) faults[name] = "token not valid yet";
  }
  if (Object.keys(faults).length > 0) return faults;
  const expiresAtS = member(claims, "exp");
  if (furthestS === 0) return undefined;
  if (typeof expiresAtS === "number" && expiresAtS - nowS <= furthestS) return undefined;
  return { exp: "exceeds maximum allowed expiration" };
}
