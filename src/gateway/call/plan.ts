import { GatewayError } from "../../chat/error.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { isAnsweredWith } from "../../providers/operations.ts";
import type { ResolvedTarget } from "../../providers/target.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** One call at one target: all that is decided before a byte is sent. */
export interface Plan {
  readonly resolved: ResolvedTarget;
  /** The dialect spoken upstream; undefined for operations that are passed through. */
  readonly format: WireFormat | undefined;
  /** Empty where the operation needs none. */
  readonly model: string;
  /** Ask the upstream for a stream. */
  readonly stream: boolean;
  readonly settings: ProxySettings;
  /** Answers in the client's format are written anew for it: the vendor departs from what that promises. */
  readonly rewritesAnswers: boolean;
}

/** The plan for a target and a model. */
export function planOf(
  resolved: ResolvedTarget,
  settings: ProxySettings,
  model: string,
  stream: boolean,
): Plan {
  const { provider } = resolved;
  const { options } = resolved.model;
  const { routeType } = settings;
  const format = isAnsweredWith("text", routeType)
    ? provider.operations[routeType]?.format?.(options, model)
    : undefined;
  const rewritesAnswers =
    settings.answersIn === "client" && provider.departs?.(options, model) === true;
  return { resolved, format, model, stream, settings, rewritesAnswers };
}

/** The reference's name of an operation at a provider, as its error sentences spell it. */
export function operationName(plan: Plan): string {
  return `${plan.resolved.provider.name}://${plan.settings.routeType}`;
}

/** Wraps a format's complaint about a vendor's answer in the reference's sentence. */
export function transformationFailed(plan: Plan, detail: string, cause?: unknown): GatewayError {
  return new GatewayError(
    "upstream_bad_response",
    `transformation failed from type ${operationName(plan)}: ${detail}`,
    { cause },
  );
}
