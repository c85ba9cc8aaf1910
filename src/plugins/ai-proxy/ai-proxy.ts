import type { z } from "zod";
import { isJsonObject } from "../../chat/json.ts";
import type { Middleware } from "../../gateway/call/call.ts";
import { clientFormat } from "../../gateway/call/client-format.ts";
import { proxySettings } from "../../gateway/call/plan.ts";
import { proxyLlm, proxyPreserved } from "../../gateway/proxy/proxy-llm.ts";
import { isTranslated } from "../../providers/operations.ts";
import { compileTarget } from "../../providers/target.ts";
import { targetChecks, unservedOperation } from "../../providers/target-checks.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { targetWarnings } from "../../providers/target-warnings.ts";
import { definePlugin } from "../define-plugin.ts";
import { proxyFields, settingsFrom } from "../proxy-fields.ts";

const aiProxyOptions = targetSchema.extend(proxyFields).superRefine((options, context) => {
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

type Options = z.output<typeof aiProxyOptions>;

export const aiProxy = definePlugin({
  name: "ai-proxy",
  priority: 770,
  about: "Sends LLM calls to one model of one provider, translating request and answer.",
  options: aiProxyOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  migrate: migrateAiProxy,
  warnings: (options) => targetWarnings(targetOf(options), { llmFormat: options.llm_format }),
  targets: (options) => [targetOf(options)],
  create: (options, { id }) => ({
    handle: middleware(options, id),
    targets: [targetOf(options)],
  }),
});

function middleware(options: Options, pluginId: string): Middleware {
  const target = compileTarget(targetOf(options));
  const format = clientFormat(options.llm_format, options.route_type);
  const settings = proxySettings({
    ...settingsFrom(options),
    pluginId,
    routeType: options.route_type,
    targets: [options],
  });
  if (!format) throw new Error(`route_type '${options.route_type}' is not built yet`);
  if (!isTranslated(options.route_type)) {
    return (call, next) => proxyPreserved(settings, target, call, next);
  }
  return (call, next) => proxyLlm(settings, format, (prompt) => ({ target, prompt }), call, next);
}

function targetOf({ name, route_type, auth, model, logging }: Options) {
  return { name, route_type, auth, model, logging };
}

type Warn = (path: readonly (string | number)[], message: string) => void;
type Written = Readonly<Record<string, unknown>>;

/** Brings options written for earlier releases into today's shape. */
function migrateAiProxy(options: Written, warn: Warn): Written {
  return withoutForbiddenStatistics(withStreamingOnTop(options, warn), warn);
}

/** Release 3.7 had `response_streaming` among the model's options. */
function withStreamingOnTop(options: Written, warn: Warn): Written {
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
function withoutForbiddenStatistics(options: Written, warn: Warn): Written {
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
