import { bothAdmit } from "../../gateway/call/admission.ts";
import type { Middleware } from "../../gateway/call/call.ts";
import { definePlugin } from "../define-plugin.ts";
import { openCounters } from "../open-counters.ts";
import { countFunctions } from "./count-functions.ts";
import { answerLengths, CallLimiter, type Limiter } from "./limiter.ts";
import { rateLimitOptions, rateLimitWarnings, withLists } from "./options.ts";
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
    const counters = openCounters(processState);
    const instance = { namespace: options.namespace ?? id, group: scope.consumerGroup };
    const source = options.policies ? byPolicy(options, instance) : byProvider(options, instance);
    const limiter: Limiter = {
      options,
      source,
      counters: counters.value,
      functions: countFunctions(options, operatorLog),
      answers: answerLengths(),
      operatorLog,
    };
    return { handle: limiting(limiter), close: async () => void counters.release() };
  },
});

function limiting(limiter: Limiter): Middleware {
  return async (call, next, layers) => {
    const limits = new CallLimiter(limiter, call);
    const refusal = await limits.begin(layers);
    if (refusal) return limits.refuse(refusal);
    const admit = bothAdmit(call.admit, (target) => limits.admit(target));
    const reply = await next({ ...call, admit });
    limits.write(reply);
    return reply;
  };
}
