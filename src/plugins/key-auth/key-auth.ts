import { GatewayError } from "../../chat/error.ts";
import { foldedName } from "../../chat/folded-name.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { commonFormat } from "../../gateway/call/client-format.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { hideNames } from "../../telemetry/call-record.ts";
import { definePlugin, type PluginContext } from "../define-plugin.ts";
import { consumerCalled, identified, notIdentified, realmParameter } from "../known-caller.ts";
import { findKey, keyNameInQuery, type Offer } from "./find-key.ts";
import { type FindKey, type KnownKey, keyIndex } from "./key-index.ts";
import { type KeyAuthOptions, keyAuthOptions } from "./options.ts";

export const keyAuth = definePlugin({
  name: "key-auth",
  priority: 1250,
  about: "Lets in callers with the key of a consumer, and says who they are.",
  options: keyAuthOptions,
  scopes: ["route", "service"],
  warnings: ({ identity_realms: realms, principals }) => [
    ...realms.flatMap(({ scope }, index) =>
      scope === "cp"
        ? []
        : [
            {
              path: ["identity_realms", index],
              message: "realms are not asked for their keys here",
            },
          ],
    ),
    ...(principals === undefined
      ? []
      : [{ path: ["principals"], message: "principals has no effect here" }]),
  ],
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
  const namesInQuery = names.union(new Set(["key"]));
  const challenge = `Key${realmParameter(options.realm)}`;

  return async (call, next) => {
    if (!options.run_on_preflight && call.request.method === "OPTIONS") return next(call);
    // Where a plugin further out knows the caller, a consumer for strangers makes keys optional.
    if (anonymous && call.record.authenticatedEntity) return next(call);
    hideNames(call.record, names);
    const misplaced =
      options.refuse_key_in_query && keyNameInQuery(call.request.search, namesInQuery);
    if (misplaced) return keyInAddress(call, misplaced);
    const offer = await findKey(call.request, options);
    const verdict = judged(offer, knownKey);
    const passing = { strip: offer.strip, isHidden: options.hide_credentials };
    if (typeof verdict !== "string") {
      const { consumer, credentialId } = verdict;
      return next(identified(call, { consumer, credential: { id: credentialId } }, passing));
    }
    if (anonymous) return next(identified(call, { consumer: anonymous }, passing));
    return notIdentified(call, { message: REFUSALS[verdict], challenge });
  };
}

function judged({ keys }: Offer, knownKey: FindKey): Verdict {
  const verdicts = keys.map((key) => judgedAlone(key, knownKey));
  return verdicts.find((verdict) => typeof verdict !== "string") ?? verdicts[0] ?? "nothing";
}

function judgedAlone(key: string | readonly string[], knownKey: FindKey): Verdict {
  if (typeof key !== "string") return "several";
  const known = knownKey(key, Date.now());
  if (known) return known;
  // Of a header that was sent twice one value is left, with a comma in it.
  return key.includes(", ") ? "several" : "unknown";
}

/** A key in the address stands in the logs of all that it passes. */
function keyInAddress(call: Call, name: string): Reply {
  const message = `A key is not taken from the query (${name}): addresses stand in logs. Send it as 'authorization: Bearer', x-api-key or x-goog-api-key, and make a new one where this one was good.`;
  const error = new GatewayError("invalid_request", message);
  call.record.error = error;
  return plainErrorReply(error, call.id, commonFormat);
}
