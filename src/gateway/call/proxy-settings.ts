import type { RouteType } from "../../providers/operations.ts";

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
