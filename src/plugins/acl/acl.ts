import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { HeaderMap, headerText } from "../../framing/header-map.ts";
import { formatFor } from "../../gateway/call/asked-format.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { definePlugin, type PluginContext } from "../define-plugin.ts";

const groupNames = z.array(z.string().min(1)).min(1).optional();

const aclOptions = z
  .strictObject({
    allow: groupNames.describe("Groups that may call; all others may not."),
    deny: groupNames.describe("Groups that may not call; all others may."),
    hide_groups_header: z
      .boolean()
      .default(false)
      .describe("Whether the route's service is not told of the groups (X-Consumer-Groups)."),
    include_consumer_groups: z
      .boolean()
      .default(false)
      .describe("Whether the consumer groups of a consumer count as groups too."),
    always_use_authenticated_groups: z
      .boolean()
      .default(false)
      .describe(
        "Whether the groups that a caller's token says count in place of its consumer's. Where there is no consumer, they count in any case.",
      ),
  })
  .superRefine(({ allow, deny }, context) => {
    if (!allow === !deny) {
      const message = "only one of these fields must be non-empty: 'config.allow', 'config.deny'";
      context.addIssue({ code: "custom", path: ["@entity"], message });
    }
  });

type AclOptions = z.output<typeof aclOptions>;

/** https://developer.konghq.com/plugins/acl/ */
export const acl = definePlugin({
  name: "acl",
  priority: 950,
  about: "Lets in, or keeps out, consumers by their groups.",
  options: aclOptions,
  scopes: ["route", "service"],
  create: (options, context) => ({ handle: middleware(options, context) }),
});

function middleware(options: AclOptions, context: PluginContext): Middleware {
  const ofConsumer = groupsByConsumer(context);
  const { allow, deny } = options;
  return async (call, next) => {
    const { consumer, authenticatedGroups: said } = call;
    if (!consumer && !said) {
      return refused(call, new GatewayError("unauthenticated", "Unauthorized"));
    }
    const isSaid = said && (!consumer || options.always_use_authenticated_groups);
    const own = isSaid ? said : (ofConsumer.get(consumer?.id ?? "") ?? []);
    const groups = options.include_consumer_groups && consumer ? [...own, ...consumer.groups] : own;
    const isIn = (list: readonly string[]) => groups.some((group) => list.includes(group));
    if (deny ? isIn(deny) : !isIn(allow ?? [])) {
      const message = "You cannot consume this service";
      return refused(call, new GatewayError("permission_denied", message));
    }
    return next(options.hide_groups_header ? call : named(call, groups));
  };
}

function groupsByConsumer({ credentials = [] }: PluginContext) {
  const groups = new Map<string, string[]>();
  for (const { type, consumerId, fields } of credentials) {
    const { group } = fields;
    if (type !== "acls" || typeof group !== "string") continue;
    groups.set(consumerId, [...(groups.get(consumerId) ?? []), group]);
  }
  return groups;
}

function named(call: Call, groups: readonly string[]): Call {
  const headers = HeaderMap.of(call.request.headers);
  headers.set("x-consumer-groups", headerText(groups.join(", ")));
  return { ...call, request: { ...call.request, headers } };
}

function refused(call: Call, error: GatewayError): Reply {
  call.record.error = error;
  return plainErrorReply(error, call.id, formatFor(call));
}
