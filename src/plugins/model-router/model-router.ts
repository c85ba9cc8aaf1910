import { otherModels } from "../../formats/other-models.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import type { Call, Next } from "../../gateway/call/call.ts";
import { clientFormat } from "../../gateway/call/client-format.ts";
import { proxySettings } from "../../gateway/call/plan.ts";
import { askedModel, type Prompt } from "../../gateway/call/prompt.ts";
import { proxyTo } from "../../gateway/proxy/proxy.ts";
import { proxyBalanced } from "../../gateway/proxy/proxy-balanced.ts";
import { answering } from "../../gateway/proxy/proxy-llm.ts";
import { withWire } from "../../gateway/request/large-body.ts";
import { isTranslated } from "../../providers/operations.ts";
import { targetWarnings } from "../../providers/target-warnings.ts";
import { type Allowance, allowancesOf } from "../allowance.ts";
import { definePlugin } from "../define-plugin.ts";
import { modelRouterOptions, routerTargets } from "./options.ts";
import { modelChooser } from "./serving.ts";

/** What `providers` and `models` of the short form compile into. */
export const modelRouter = definePlugin({
  name: "model-router",
  priority: 770,
  about: "Sends LLM calls to the provider that serves the model they name.",
  options: modelRouterOptions,
  scopes: ["route", "service", "consumer", "consumer_group"],
  warnings: (options) =>
    routerTargets(options).flatMap(({ target, path: at }) =>
      targetWarnings(target, { llmFormat: "openai" }).map(({ path, message }) => ({
        path: [...at, ...path],
        message,
      })),
    ),
  targets: (options) => routerTargets(options).map(({ target }) => target),
  create(options, { id, processState }) {
    const format = clientFormat(options.llm_format, options.route_type);
    if (!format || !isTranslated(options.route_type)) {
      throw new Error(`route_type '${options.route_type}' is not built yet`);
    }
    const targets = routerTargets(options).map(({ target }) => target);
    const settings = proxySettings({
      pluginId: id,
      routeType: options.route_type,
      maxRequestBodyBytes: options.max_request_body_size,
      modelNameHeader: true,
      optionsPrecedence: "request",
      errorsIn: "client",
      answersIn: "client",
      providerFailures: "named",
      timeouts: "target",
      targets,
    });
    const chooser = modelChooser(options, settings, processState.kept);
    const allowances = allowancesOf(options);
    const proxy = (prompt: Prompt, call: Call, next: Next, allowance: Allowance | undefined) => {
      const serving = chooser.choose(askedModel(prompt), allowance);
      if (allowance) chooser.refuseOthers(otherModels(prompt.wire), allowance);
      if (serving.type === "one") {
        return proxyTo(serving.target, settings, withModel(prompt, serving.model), call, next);
      }
      const { pool, among, model: requested } = serving;
      return proxyBalanced({ pool, among, requested }, prompt, call, next);
    };
    return {
      handle(call, next) {
        if (options.exact && !isExact(call, format)) return next(call);
        const allowance = allowances.get(call.consumer?.username ?? "");
        return answering(settings, format, call, (prompt) => proxy(prompt, call, next, allowance));
      },
      targets,
      close: async () => chooser.release(),
    };
  },
});

/** A POST to the path of a request or of a token count, and to nothing else below the route's own. */
function isExact({ request, upstreamPath }: Call, { tokenCount, modelPath }: WireFormat): boolean {
  const { method, path } = request;
  if (method !== "POST") return false;
  const isAsked = modelPath ? modelPath.isAsked(path) : upstreamPath === "/";
  return isAsked || tokenCount?.isAsked(path) === true;
}

function withModel(prompt: Prompt, model: string): Prompt {
  const { modelPath } = prompt.format;
  if (modelPath) return { ...prompt, path: modelPath.withModel(prompt.path, model) };
  const wire = prompt.format.patchRequest(prompt.wire, { model });
  return wire === prompt.wire ? prompt : withWire(prompt, wire);
}
