import { isJsonObject } from "../../chat/json.ts";
import { clientFormat } from "../../gateway/call/client-format.ts";
import { proxySettings } from "../../gateway/call/plan.ts";
import { askedModel } from "../../gateway/call/prompt.ts";
import { proxyBalanced } from "../../gateway/proxy/proxy-balanced.ts";
import { answering } from "../../gateway/proxy/proxy-llm.ts";
import { isTranslated } from "../../providers/operations.ts";
import { buildPool } from "../build-pool.ts";
import { configuredVectors } from "../configured-vectors.ts";
import { definePlugin, type Plugin, type PluginContext } from "../define-plugin.ts";
import { settingsFrom } from "../proxy-fields.ts";
import { candidateChooser, comparedDescriptions, descriptionDistances } from "./candidates.ts";
import { type AdvancedOptions, advancedOptions, advancedWarnings } from "./options.ts";

export const aiProxyAdvanced = definePlugin({
  name: "ai-proxy-advanced",
  priority: 770,
  about:
    "Shares LLM calls among several models of any providers, and asks another when one gives no answer.",
  options: advancedOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  migrate: withHyphens,
  warnings: advancedWarnings,
  targets: ({ targets }) => targets,
  create,
});

function create(options: AdvancedOptions, { id, processState }: PluginContext): Plugin {
  const { targets, balancer, vectordb, embeddings } = options;
  const routeType = targets[0]?.route_type;
  const format = routeType && clientFormat(options.llm_format, routeType);
  if (!routeType || !format || !isTranslated(routeType)) {
    throw new Error(`route_type '${routeType}' is not built yet for several targets`);
  }
  const settings = proxySettings({ ...settingsFrom(options), pluginId: id, routeType, targets });
  const vectors =
    balancer.algorithm === "semantic" && embeddings && vectordb
      ? configuredVectors(
          { id, texts: comparedDescriptions(targets), embeddings, vectordb },
          processState,
        )
      : undefined;
  const facts = vectors && vectordb && descriptionDistances(targets, vectors, vectordb);
  const { pool, release } = buildPool({
    id,
    targets,
    balancer,
    settings,
    kept: processState.kept,
    ...(facts && { facts }),
    ...(vectordb && { threshold: vectordb.threshold }),
  });
  const candidates = candidateChooser(targets, options.acls);
  return {
    handle: (call, next) =>
      answering(settings, format, call, (prompt) => {
        const requested = askedModel(prompt);
        return proxyBalanced(
          { pool, among: candidates(prompt, call), requested },
          prompt,
          call,
          next,
        );
      }),
    targets,
    async close() {
      release();
      await vectors?.release();
    },
  };
}

/** Rate limits write `total_tokens` where balancers write `total-tokens`: both are read here. */
function withHyphens(options: Readonly<Record<string, unknown>>) {
  const { balancer } = options;
  if (!isJsonObject(balancer)) return options;
  const strategy = balancer["tokens_count_strategy"];
  if (typeof strategy !== "string" || !strategy.includes("_")) return options;
  const spelled = strategy.replaceAll("_", "-");
  return { ...options, balancer: { ...balancer, tokens_count_strategy: spelled } };
}
