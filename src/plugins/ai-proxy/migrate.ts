import { isJsonObject } from "../../chat/json.ts";

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
