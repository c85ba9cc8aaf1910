import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { formatFor } from "../../gateway/call/asked-format.ts";
import { plainErrorReply } from "../../gateway/call/error-reply.ts";
import { addressBlocks, isAddressBlock } from "../address-blocks.ts";
import { definePlugin } from "../define-plugin.ts";

const blocks = z
  .array(z.string().refine(isAddressBlock, "invalid ip or cidr range"))
  .min(1)
  .optional();

const ipRestrictionOptions = z
  .strictObject({
    allow: blocks.describe("Addresses and blocks that may call; all others may not."),
    deny: blocks.describe("Addresses and blocks that may not call."),
    status: z.int().min(100).max(599).default(403).describe("Status of a refusal."),
    message: z.string().optional().describe("What a refusal says."),
  })
  .superRefine(({ allow, deny }, context) => {
    if (allow || deny) return;
    const message = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
    context.addIssue({ code: "custom", path: ["@entity"], message });
  });

/** https://developer.konghq.com/plugins/ip-restriction/ */
export const ipRestriction = definePlugin({
  name: "ip-restriction",
  priority: 990,
  about: "Lets in, or keeps out, callers by their addresses.",
  options: ipRestrictionOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  create({ allow, deny, status, message }) {
    const isAllowed = allow && addressBlocks(allow);
    const isDenied = deny && addressBlocks(deny);
    return {
      handle: async (call, next) => {
        const { clientIp } = call.record;
        const isKeptOut = isDenied?.(clientIp) || (isAllowed && !isAllowed(clientIp));
        if (!isKeptOut) return next(call);
        const words = message ?? `IP address not allowed: ${clientIp}`;
        const error = new GatewayError("permission_denied", words, { status });
        call.record.error = error;
        return plainErrorReply(error, call.id, formatFor(call));
      },
    };
  },
});
