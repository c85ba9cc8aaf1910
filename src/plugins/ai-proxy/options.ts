import { isJsonObject } from "../../chat/json.ts";
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

type Warn = (path: readonly (string | number)[], message: string) => void;
type Options = Readonly<Record<string, unknown>>;

/** Brings options written for earlier releases into today's shape. */
export function migrateAiProxy(options: Options, warn: Warn): Options {
  return withoutForbiddenStatistics(withStreamingOnTop(options, warn), warn);
}

/** Release 3.7 had `response_streaming` among the model's options. */
function withStreamingOnTop(options: Options, warn: Warn): Options {
  const { model } = options;
  if (!isJsonObject(model) || !isJsonObject(model["options"])) return options;
  const { response_streaming: streaming, ...rest } = model["options"];
  if (streaming === undefined) return options;
  warn(
    ["model", "options", "response_streaming"],
    "response_streaming has moved: write it beside route_type",
  );
  return { response_streaming: streaming, ...options, model: { ...model, options: rest } };
}

/** Anthropic's legacy completions report no usage; earlier releases let statistics be asked for. */
function withoutForbiddenStatistics(options: Options, warn: Warn): Options {
  const { model, logging, route_type } = options;
  const isAffected =
    route_type === "llm/v1/completions" &&
    isJsonObject(model) &&
    model["provider"] === "anthropic" &&
    isJsonObject(logging) &&
    logging["log_statistics"] === true;
  if (!isAffected) return options;
  warn(
    ["logging", "log_statistics"],
    "anthropic does not support statistics when route_type is llm/v1/completions: switched off",
  );
  return { ...options, logging: { ...logging, log_statistics: false } };
}
