import { configuredVectors } from "../configured-vectors.ts";
import { definePlugin, type Plugin, type PluginContext } from "../define-plugin.ts";
import { type Guard, guarding } from "./guarding.ts";
import {
  type SemanticGuardOptions,
  semanticGuardOptions,
  semanticGuardWarnings,
  withLimitOnTop,
} from "./options.ts";
import { judgeByRules } from "./rules-judge.ts";

const NAME = "ai-semantic-prompt-guard";

export const aiSemanticPromptGuard = definePlugin({
  name: NAME,
  priority: 775,
  about:
    "Refuses prompts by their meaning: those near a forbidden one, or near none that is allowed.",
  options: semanticGuardOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  readsText: true,
  migrate: withLimitOnTop,
  warnings: semanticGuardWarnings,
  create,
});

function create(options: SemanticGuardOptions, context: PluginContext): Plugin {
  const { embeddings, rules, vectordb } = options;
  const { id, instanceName = id, processState } = context;
  const texts = [...(rules.deny_prompts ?? []), ...(rules.allow_prompts ?? [])];
  const vectors = configuredVectors({ id, texts, embeddings, vectordb }, processState);
  const become = options.stop_on_error ? "refused" : "passed on";
  let isFailing = false;
  const onLook: Guard["onLook"] = (failure) => {
    if ((failure !== undefined) === isFailing) return;
    isFailing = failure !== undefined;
    const change = failure
      ? `prompts cannot be compared, and are ${become}: ${failure.message}`
      : "prompts are compared again";
    processState.operatorLog.say(
      failure ? "error" : "notice",
      `${NAME} ${instanceName}: ${change}`,
    );
  };
  const judge = judgeByRules(options, vectors);
  return {
    handle: guarding({ options, judge, asksNobody: vectors.asksNobody, onLook }),
    close: () => vectors.release(),
  };
}
