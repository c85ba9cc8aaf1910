import { GatewayError } from "../../chat/error.ts";
import { foldedName } from "../../chat/folded-name.ts";
import type { JsonObject } from "../../chat/json.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import type { ClientRequest } from "../../gateway/call/client.ts";
import { commonFormat } from "../../gateway/call/client-format.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Hold } from "../../gateway/call/kept-state.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { definePlugin, type PluginContext } from "../define-plugin.ts";
import { type Caller, consumerCalled, identified, notIdentified } from "../known-caller.ts";
import { findTokens, type TokenPlaces, withoutTokens } from "../request-tokens.ts";
import { claimAt, hasRequired, nameIn, wordsOf } from "./claims.ts";
import { issuerKeys } from "./issuer-keys.ts";
import { type OpenidConnectOptions, openidConnectOptions } from "./options.ts";
import { withoutInert } from "./unserved.ts";
import { verify } from "./verify.ts";

/** https://developer.konghq.com/plugins/openid-connect/, as far as clients bring signed tokens. */
export const openidConnect = definePlugin({
  name: "openid-connect",
  priority: 1050,
  about:
    "Lets in callers with a token that an identity provider has signed, by its published keys.",
  options: openidConnectOptions,
  scopes: ["route", "service"],
  migrate: withoutInert,
  consumers: ({ anonymous }) => (anonymous ? [{ path: ["anonymous"], name: anonymous }] : []),
  create(options, context) {
    const keys = heldKeys(options, context);
    return {
      handle: middleware(options, context, keys.value),
      async close() {
        keys.release();
      },
    };
  },
});

/** Instances that ask the same issuer share its keys, and so do configurations before and after a reload. */
function heldKeys(
  options: OpenidConnectOptions,
  { processState: { kept, operatorLog } }: PluginContext,
): Hold<ReturnType<typeof issuerKeys>> {
  const source = {
    issuer: options.issuer,
    ...(options.jwks_endpoint !== undefined && { jwksEndpoint: options.jwks_endpoint }),
    moreJwksUris: options.extra_jwks_uris,
    isAnyIssuer: options.issuers_allowed !== undefined,
    timeoutMs: options.timeout,
    verifiesTls: options.ssl_verify,
    freshMs: options.cache_ttl * 1000,
    pauseMs: options.rediscovery_lifetime * 1000,
  };
  return kept.keep(`openid-connect ${JSON.stringify(source)}`, () =>
    issuerKeys(source, {
      nowMs: Date.now,
      onStateChange(failure) {
        const of = `openid-connect: the keys of ${options.issuer}`;
        if (failure === undefined) operatorLog.say("notice", `${of} can be had again`);
        else operatorLog.say("error", `${of} cannot be had: ${failure}`);
      },
    }),
  );
}

/** Why a call is not let in: the token proves nothing, or too little. */
interface Refused {
  readonly status: 401 | 403;
  readonly why: string;
}

function middleware(
  options: OpenidConnectOptions,
  context: PluginContext,
  keys: ReturnType<typeof issuerKeys>,
): Middleware {
  const anonymous = consumerCalled(options.anonymous, context);
  const places = placesOf(options);
  const names = new Set(
    [...(places.bare_header_names ?? []), ...places.uri_param_names].map(foldedName),
  );
  const strip = (request: ClientRequest) => withoutTokens(request, places);
  const passing = { strip, isHidden: options.hide_credentials };
  const challenge = `Bearer realm="${new URL(options.issuer).host}"`;
  const rules = { keys, issuers: options.issuers_allowed, leewayS: options.leeway };

  async function judged(call: Call): Promise<Caller | Refused> {
    const tokens = findTokens(call.request, places);
    const [text] = tokens;
    if (text === undefined) return { status: 401, why: "no token found" };
    if (tokens.size > 1) return { status: 401, why: "several tokens found" };
    const verified = await verify(text, rules);
    if (!("claims" in verified)) return { status: 401, why: verified.fault };
    const lack = lacking(verified.claims, options);
    if (lack !== undefined) return { status: 403, why: lack };
    return callerOf(verified.claims, options, context);
  }

  return async (call, next) => {
    if (!options.run_on_preflight && call.request.method === "OPTIONS") return next(call);
    if (anonymous && call.record.authenticatedEntity) return next(call);
    hideNames(call.record, names);
    const verdict = await judged(call);
    if (!("status" in verdict)) return next(identified(call, verdict, passing));
    const { status, why } = verdict;
    if (anonymous) return next(identified(call, { consumer: anonymous }, passing));
    const { display_errors: saysWhy } = options;
    if (status === 403) return forbidden(call, saysWhy ? why : options.forbidden_error_message);
    const code = options.expose_error_code && why !== "no token found";
    return notIdentified(call, {
      message: saysWhy ? why : options.unauthorized_error_message,
      challenge: code ? `${challenge}, error="invalid_token"` : challenge,
    });
  };
}

function forbidden(call: Call, message: string) {
  const error = new GatewayError("permission_denied", message);
  call.record.error = error;
  return plainErrorReply(error, call.id, commonFormat);
}

function placesOf(options: OpenidConnectOptions): TokenPlaces {
  const has = (place: OpenidConnectOptions["bearer_token_param_type"][number]) =>
    options.bearer_token_param_type.includes(place);
  const { bearer_token_cookie_name: cookie } = options;
  return {
    header_names: has("header") ? ["authorization"] : [],
    bare_header_names: has("header") ? ["access-token", "x-access-token"] : [],
    uri_param_names: has("query") ? ["access_token"] : [],
    cookie_names: has("cookie") && cookie !== undefined ? [cookie] : [],
  };
}

/** What a good token lacks, or has that it must not have. */
function lacking(claims: JsonObject, options: OpenidConnectOptions): string | undefined {
  for (const what of ["audience", "scopes", "groups", "roles"] as const) {
    const value = claimAt(claims, options[`${what}_claim`]);
    if (!hasRequired(value, options[`${what}_required`])) return `the token lacks ${what}`;
  }
  const name = options.claims_forbidden.find((one) => Object.hasOwn(claims, one));
  return name === undefined ? undefined : `the token has the claim ${name}`;
}

function callerOf(
  claims: JsonObject,
  options: OpenidConnectOptions,
  context: PluginContext,
): Caller | Refused {
  const paths = [
    ...(options.consumer_claim ? [options.consumer_claim] : []),
    ...options.consumer_claims,
  ];
  const named = paths.map((path) => nameIn(claimAt(claims, path))).find((name) => name);
  const consumer = consumerBy(named, options, context);
  if (paths.length > 0 && !consumer && !options.consumer_optional) {
    return { status: 403, why: "no consumer has the name that the token says" };
  }
  const id = nameIn(claimAt(claims, options.credential_claim)) ?? options.issuer;
  const { authenticated_groups_claim: groups } = options;
  return {
    credential: { id },
    ...(consumer && { consumer }),
    ...(groups && { groups: wordsOf(claimAt(claims, groups)) }),
  };
}

function consumerBy(
  name: string | undefined,
  { consumer_by: by }: OpenidConnectOptions,
  { consumers = [] }: PluginContext,
) {
  if (name === undefined) return undefined;
  const fields = by.map((one) => (one === "custom_id" ? "customId" : one));
  for (const field of fields) {
    const found = consumers.find((consumer) => consumer[field] === name);
    if (found) return found;
  }
  return undefined;
}
