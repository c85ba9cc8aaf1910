import { GatewayError } from "../../chat/error.ts";
import { foldedName } from "../../chat/folded-name.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { askedOperation } from "../../providers/asked-operation.ts";
import { isAnsweredWith, type RouteType } from "../../providers/operations.ts";
import type { ResolvedTarget } from "../../providers/target.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import { privateArguments } from "../../telemetry/redact.ts";

/** One call at one target: all that is decided before a byte is sent. */
export interface Plan {
  readonly resolved: ResolvedTarget;
  /** What the provider is asked for: it may lack what the client asks for. */
  readonly operation: RouteType;
  /** The dialect spoken upstream; undefined for operations that are passed through. */
  readonly format: WireFormat | undefined;
  /** Empty where the operation needs none. */
  readonly model: string;
  /** Ask the upstream for a stream. */
  readonly stream: boolean;
  readonly settings: ProxySettings;
  /** Answers in the client's format are written anew for it: the vendor deviates from what that promises. */
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
  const operation = askedOperation(provider, settings.routeType, options, model);
  const format = isAnsweredWith("text", operation)
    ? provider.operations[operation]?.format?.(options, model)
    : undefined;
  const rewritesAnswers =
    settings.answersIn === "client" && provider.deviates?.(options, model) === true;
  return { resolved, operation, format, model, stream, settings, rewritesAnswers };
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

/** How a proxy plugin treats its calls, whichever target serves them. */
export interface ProxySettings {
  readonly pluginId: string;
  readonly routeType: RouteType;
  readonly responseStreaming: "allow" | "always" | "deny";
  /** Bytes; 0 means no limit. */
  readonly maxRequestBodyBytes: number;
  readonly modelNameHeader: boolean;
  /** Whose temperature, top_p, top_k and max_tokens count where both name one. */
  readonly optionsPrecedence: "config" | "request";
  /** Whether a request that the target cannot carry whole is sent all the same, or refused. */
  readonly fidelity: "lenient" | "strict";
  /** Whose dialect a vendor's error reaches the client in. */
  readonly errorsIn: "vendor" | "client";
  /** The same of answers from vendors whose dialect is nearly the client's own. */
  readonly answersIn: "vendor" | "client";
  /**
   * How clients are told of what is no business of theirs (a provider cannot be reached, or refuses the
   * gateway's own credential): as it came, in the reference's words, or with the provider's name.
   */
  readonly providerFailures: "passed-on" | "named";
  /** Who says how long to wait: the route's service and balancer, as in the reference, or each target. */
  readonly timeouts: "service" | "target";
  /** Folded names of headers and parameters that carry credentials: never logged. */
  readonly secretNames: ReadonlySet<string>;
}

/** What a plugin has to say of its calls, and the targets that they may go to. */
interface SettingsSource
  extends Partial<Omit<ProxySettings, "pluginId" | "routeType" | "secretNames">>,
    Pick<ProxySettings, "pluginId" | "routeType"> {
  readonly targets: Iterable<TargetConfig>;
}

/** Where the plugin says nothing it is as in the reference, without a limit and without a header. */
export function proxySettings({ targets, ...own }: SettingsSource): ProxySettings {
  return {
    responseStreaming: "allow",
    maxRequestBodyBytes: 0,
    modelNameHeader: false,
    optionsPrecedence: "config",
    fidelity: "lenient",
    errorsIn: "vendor",
    answersIn: "vendor",
    providerFailures: "passed-on",
    timeouts: "service",
    ...own,
    secretNames: secretNames(targets),
  };
}

/** Folded names of headers and parameters under which targets' credentials travel. */
export function secretNames(targets: Iterable<TargetConfig>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { auth, model } of targets) {
    for (const name of [auth.header_name, auth.param_name]) if (name) names.add(foldedName(name));
    const { upstream_url: url, upstream_path: path } = model.options;
    for (const address of [url, path]) {
      for (const name of privateArguments(address ?? "")) names.add(name);
    }
  }
  return names;
}
