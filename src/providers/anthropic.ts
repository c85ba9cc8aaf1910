import { anthropicComplete } from "../formats/anthropic/complete/format.ts";
import { anthropicMessages } from "../formats/anthropic/messages/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { adaptForClaude } from "./claude-sampling.ts";
import type { ModelOptions, Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";
import { CLAUDE_TOOL_NAMES } from "./tool-names.ts";

/** Legacy completions are asked for as messages: `/v1/complete` is retired. A configured path may name it. */
const PATHS: Readonly<Partial<Record<RouteType, string>>> = {
  "llm/v1/chat": "/v1/messages",
  "llm/v1/completions": "/v1/messages",
  "llm/v1/batches": "/v1/messages/batches",
};

/** https://docs.claude.com/en/api/overview */
export const anthropic: Provider = {
  name: "anthropic",
  about: "Anthropic's Claude models.",
  format: (routeType, options): WireFormat | undefined => {
    if (!isText(routeType)) return undefined;
    return routeType === "llm/v1/completions" && namesComplete(options)
      ? anthropicComplete
      : anthropicMessages;
  },
  origin: () => "https://api.anthropic.com",
  path: ({ routeType }) => PATHS[routeType],
  headers: ({ options: { anthropic_version } }) =>
    anthropic_version ? { "anthropic-version": anthropic_version } : {},
  versionHeader: "anthropic-version",
  toolNames: () => CLAUDE_TOOL_NAMES,
  adapt: adaptForClaude,
  streamUsage: () => false,
};

const COMPLETE = /\/v1\/complete(?:$|[?#])/;

/** A server of the retired API is known by the path that is configured for it. */
function namesComplete({ upstream_url, upstream_path }: ModelOptions): boolean {
  return COMPLETE.test(upstream_url || upstream_path || "");
}

function isText(routeType: RouteType): boolean {
  return routeType === "llm/v1/chat" || routeType === "llm/v1/completions";
}
