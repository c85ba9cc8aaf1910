import { GatewayError } from "../chat/error.ts";
import { HeaderMap, headerText } from "../framing/header-map.ts";
import { formatFor } from "../gateway/call/asked-format.ts";
import type { Call } from "../gateway/call/call.ts";
import type { ClientRequest } from "../gateway/call/client.ts";
import { plainErrorReply } from "../gateway/call/error-reply.ts";
import type { Reply } from "../gateway/call/reply.ts";
import type { Consumer } from "../routing/entities.ts";
import type { PluginContext } from "./define-plugin.ts";

/** Who calls, as a plugin that recognises callers found out. */
export interface Caller {
  readonly consumer?: Consumer;
  /** What proved it; without it the caller is a stranger, whom `anonymous` names. */
  readonly credential?: CallerCredential;
  /** Groups that the credential itself says. */
  readonly groups?: readonly string[];
}

export interface CallerCredential {
  readonly id: string;
  /** As the route's own service is told of it; the id unless said. */
  readonly shownAs?: string;
}

/** What becomes of the credential that was recognised. */
export interface Passing {
  /** The request without it. */
  readonly strip: (request: ClientRequest) => ClientRequest;
  /** Whether the route's own service does not get it either. */
  readonly isHidden: boolean;
}

/** The call of a caller who is known now: for what is further in, its credential is gone. */
export function identified(call: Call, caller: Caller, { strip, isHidden }: Passing): Call {
  const { consumer, credential, groups } = caller;
  const { record } = call;
  if (consumer) {
    const { id, username, customId } = consumer;
    record.consumer = { id, ...(username && { username }), ...(customId && { customId }) };
  }
  if (credential) {
    const { id } = credential;
    record.authenticatedEntity = { id, ...(consumer && { consumerId: consumer.id }) };
  }
  const named = identityHeaders(caller);
  const request = strip(call.request);
  const forService = serviceRequest(call, request, { strip, isHidden });
  return {
    ...call,
    ...(consumer && { consumer }),
    ...(groups && { authenticatedGroups: groups }),
    request: withHeaders(request, named),
    ...(forService && { serviceRequest: withHeaders(forService, named) }),
  };
}

function serviceRequest(
  { request, serviceRequest: before }: Call,
  stripped: ClientRequest,
  { strip, isHidden }: Passing,
): ClientRequest | undefined {
  if (isHidden) return before && strip(before);
  return before ?? (stripped === request ? undefined : request);
}

/** Who calls, for the route's own service; what a client itself writes under these names is dropped. */
function identityHeaders({ consumer, credential, groups }: Caller) {
  return {
    "x-consumer-id": consumer?.id,
    "x-consumer-custom-id": consumer?.customId,
    "x-consumer-username": consumer?.username,
    "x-credential-identifier": credential?.shownAs ?? credential?.id,
    "x-authenticated-groups": groups?.join(", "),
    "x-anonymous-consumer": credential === undefined ? "true" : undefined,
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

/** The consumer with this id, name or custom id. */
export function consumerCalled(
  name: string | undefined,
  { consumers }: Pick<PluginContext, "consumers">,
): Consumer | undefined {
  if (name === undefined) return undefined;
  return consumers?.find(({ id, username, customId }) => [id, username, customId].includes(name));
}

/** A refusal of whoever did not prove who they are. `members` stand in its body besides. */
export function notIdentified(call: Call, { message, challenge, members }: Refusal): Reply {
  const error = new GatewayError("unauthenticated", message);
  call.record.error = error;
  const reply = plainErrorReply(error, call.id, formatFor(call), members);
  reply.headers.set("www-authenticate", challenge);
  return reply;
}

export interface Refusal {
  readonly message: string;
  /** The `WWW-Authenticate` header (RFC 9110 §11.6.1). */
  readonly challenge: string;
  readonly members?: Readonly<Record<string, string>>;
}

/** What a plugin that recognises callers says as its realm, if anything. */
export function realmParameter(realm: string | undefined): string {
  return realm === undefined ? "" : ` realm="${headerText(realm)}"`;
}
