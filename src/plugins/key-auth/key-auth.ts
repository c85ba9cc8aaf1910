import { GatewayError } from "../../chat/error.ts";
import { foldedName } from "../../chat/folded-name.ts";
import { HeaderMap, headerText } from "../../framing/header-map.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import type { ClientRequest } from "../../gateway/call/client.ts";
import { commonFormat } from "../../gateway/call/client-format.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import type { Consumer } from "../../routing/entities.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { definePlugin, type PluginContext } from "../define-plugin.ts";
import { findKey, type Offer } from "./find-key.ts";
import { type FindKey, type KnownKey, keyIndex } from "./key-index.ts";
import { type KeyAuthOptions, keyAuthOptions } from "./options.ts";

export const keyAuth = definePlugin({
  name: "key-auth",
  priority: 1250,
  about: "Lets in callers with the key of a consumer, and says who they are.",
  options: keyAuthOptions,
  scopes: ["route", "service"],
  warnings: ({ identity_realms, principals }) =>
    Object.entries({ identity_realms, principals }).flatMap(([field, value]) =>
      value === undefined ? [] : [{ path: [field], message: `${field} has no effect here` }],
    ),
  consumers: ({ anonymous }) => (anonymous ? [{ path: ["anonymous"], name: anonymous }] : []),
  create: (options, context) => ({ handle: middleware(options, context) }),
});

/** What a refusal says, word for word as the reference does. */
const REFUSALS = {
  nothing: "No API key found in request",
  several: "Duplicate API key found",
  unknown: "Unauthorized",
} as const;

type Verdict = KnownKey | keyof typeof REFUSALS;

function middleware(options: KeyAuthOptions, context: PluginContext): Middleware {
  const knownKey = keyIndex(context, Date.now());
  const anonymous = consumerCalled(options.anonymous, context);
  const names = new Set(options.key_names.map(foldedName));
  const { realm } = options;
  const challenge = realm === undefined ? "Key" : `Key realm="${headerText(realm)}"`;

  return async (call, next) => {
    if (!options.run_on_preflight && call.request.method === "OPTIONS") return next(call);
    // Where a plugin further out knows the caller, a consumer for strangers makes keys optional.
    if (anonymous && call.record.authenticatedEntity) return next(call);
    hideNames(call.record, names);
    const offer = await findKey(call.request, options);
    const verdict = judged(offer, knownKey);
    const shown = offer.found === "nothing" ? call.request : offer.withoutKey;
    const kept = shown === call.request || options.hide_credentials ? undefined : call.request;
    if (typeof verdict === "string") {
      if (!anonymous) return refused(REFUSALS[verdict], challenge, call);
      return next(identified(call, { consumer: anonymous }, shown, kept));
    }
    return next(identified(call, verdict, shown, kept));
  };
}

function consumerCalled(name: string | undefined, { consumers }: PluginContext) {
  if (name === undefined) return undefined;
  return consumers?.find(({ id, username, customId }) => [id, username, customId].includes(name));
}

function judged(offer: Offer, knownKey: FindKey): Verdict {
  if (offer.found !== "key") return offer.found;
  const known = knownKey(offer.key, Date.now());
  if (known) return known;
  // Of a header that was sent twice one value is left, with a comma in it.
  return offer.key.includes(", ") ? "several" : "unknown";
}

function identified(
  call: Call,
  { consumer, credentialId }: { consumer: Consumer; credentialId?: string },
  shown: ClientRequest,
  kept: ClientRequest | undefined,
): Call {
  const { id, username, customId } = consumer;
  call.record.consumer = { id, ...(username && { username }), ...(customId && { customId }) };
  if (credentialId !== undefined) {
    call.record.authenticatedEntity = { id: credentialId, consumerId: id };
  }
  const identity = identityHeaders(consumer, credentialId);
  return {
    ...call,
    consumer,
    request: withHeaders(shown, identity),
    ...(kept && { serviceRequest: withHeaders(kept, identity) }),
  };
}

/** Who calls, for the route's own service; what a client itself writes under these names is dropped. */
function identityHeaders({ id, username, customId }: Consumer, credentialId: string | undefined) {
  return {
    "x-consumer-id": id,
    "x-consumer-custom-id": customId,
    "x-consumer-username": username,
    "x-credential-identifier": credentialId,
    "x-anonymous-consumer": credentialId === undefined ? "true" : undefined,
  };
}

function withHeaders(
  request: ClientRequest,
  added: Readonly<Record<string, string | undefined>>,
): ClientRequest {
  const headers = HeaderMap.of(request.headers);
  for (const [name, value] of Object.entries(added)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, headerText(value));
  }
  return { ...request, headers };
}

function refused(message: string, challenge: string, call: Call): Reply {
  const error = new GatewayError("unauthenticated", message);
  call.record.error = error;
  const reply = plainErrorReply(error, call.id, commonFormat);
  reply.headers.set("www-authenticate", challenge);
  return reply;
}
