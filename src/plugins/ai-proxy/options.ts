import { clientFormat } from "../../gateway/call/client-format.ts";
import { targetChecks, unservedOperation } from "../../providers/target-checks.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { proxyFields } from "../proxy-fields.ts";

export const aiProxyOptions = targetSchema.extend(proxyFields).superRefine((options, context) => {
  const { name, route_type, auth, model, logging, llm_format } = options;
  const target = { name, route_type, auth, model, logging };
  for (const { path, message } of targetChecks(target, { llmFormat: llm_format })) {
    context.addIssue({ code: "custom", path, message });
  }
  const unserved = unservedOperation(target);
  if (unserved) context.addIssue({ code: "custom", path: ["route_type"], message: unserved });
  // What loads but cannot be served by this version is refused at start, never ignored.
  if (clientFormat(llm_format, route_type) === undefined) {
    const message = `route_type '${route_type}' with llm_format '${llm_format}' is not built yet`;
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
});
