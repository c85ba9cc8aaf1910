import { GatewayError } from "../chat/error.ts";
import { operationOf, type RouteType } from "./operations.ts";
import type { ModelOptions } from "./provider.ts";
import type { ProviderName } from "./target-schema.ts";

export interface ModelChoice {
  /** `model.name`, expanded. */
  readonly configured: string | undefined;
  /** `model.model_alias`. */
  readonly alias: string | undefined;
  /** What the client wrote as `model`, whatever its type. */
  readonly requested: unknown;
  readonly routeType: RouteType;
  readonly provider: ProviderName;
  readonly options: ModelOptions;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The longest names that vendors have, ARNs, stay under 200 characters; every name becomes a label of metrics. */
const MAX_LENGTH = 256;

/** The model to call; empty where the operation needs none. Throws `invalid_request`. */
export function selectModel(choice: ModelChoice): string {
  const model = choose(choice);
  if (model.length > MAX_LENGTH) {
    const problem = `the model's name is longer than ${MAX_LENGTH} characters`;
    throw new GatewayError("invalid_request", problem);
  }
  if (CONTROL.test(model)) {
    throw new GatewayError("invalid_request", "the model's name holds a control character");
  }
  return model;
}

function choose({
  configured,
  alias,
  requested,
  routeType,
  provider,
  options,
}: ModelChoice): string {
  const named = typeof requested === "string" ? requested : "";
  if (configured) {
    if (named === "" || named === configured || named === alias) return configured;
    throw new GatewayError("invalid_request", `cannot use own model - must be: ${configured}`);
  }
  if (named !== "") return named;
  if (provider === "azure" && options.azure_deployment_id) return options.azure_deployment_id;
  if (operationOf(routeType).modelIsOptional) return "";
  throw new GatewayError(
    "invalid_request",
    "model parameter not found in request, nor in gateway configuration",
  );
}
