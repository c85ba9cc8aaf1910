import { definePlugin } from "../define-plugin.ts";
import { openCounters, sharedBy } from "../open-counters.ts";
import { answerLengths, limitingUsage } from "../usage-limiter.ts";
import { countFunctions } from "./count-functions.ts";
import { rateLimitOptions, rateLimitWarnings, withLists } from "./options.ts";
import { refusal } from "./refusal.ts";
import { byPolicy, byProvider } from "./sources.ts";

export const aiRateLimitingAdvanced = definePlugin({
  name: "ai-rate-limiting-advanced",
  priority: 905,
  about: "Limits what callers use of models in a time, in tokens or in money.",
  options: rateLimitOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  migrate: withLists,
  warnings: rateLimitWarnings,
  create(options, { id, scope, processState }) {
    const { operatorLog } = processState;
    const namespace = options.namespace ?? id;
    const { counters, release } = openCounters(processState, sharedBy(options, namespace));
    const instance = { namespace, group: scope.consumerGroup };
    const source = options.policies ? byPolicy(options, instance) : byProvider(options, instance);
    const functions = countFunctions(options, operatorLog);
    const handle = limitingUsage({
      source,
      counters,
      holds: options.reserve ? "all" : options.policies ? "prompt" : "nothing",
      answers: answerLengths(),
      hidesHeaders: options.hide_client_headers,
      requests: {
        label: "requestPrompt",
        countsRefused: !options.disable_penalty || options.window_type === "fixed",
        count: functions.requestPrompt,
      },
      customCost: functions.customCost,
      refusal: (call, limits) => refusal(call, options, limits),
      operatorLog,
    });
    return { handle, close: release };
  },
});
