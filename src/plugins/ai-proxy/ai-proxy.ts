import type { z } from "zod";
import type { Middleware } from "../../gateway/call/call.ts";
import { clientFormat } from "../../gateway/call/client-format.ts";
import { proxySettings } from "../../gateway/call/plan.ts";
import { proxyLlm, proxyPreserved } from "../../gateway/proxy/proxy-llm.ts";
import { isTranslated } from "../../providers/operations.ts";
import { compileTarget } from "../../providers/target.ts";
import { targetWarnings } from "../../providers/target-warnings.ts";
import { definePlugin } from "../define-plugin.ts";
import { settingsFrom } from "../proxy-fields.ts";
import { aiProxyOptions, migrateAiProxy } from "./options.ts";

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
