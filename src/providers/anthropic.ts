import { anthropicComplete } from "../formats/anthropic/complete/format.ts";
import { anthropicMessages } from "../formats/anthropic/messages/format.ts";
import type { ModelOptions, Provider } from "./provider.ts";
import { adaptForClaude } from "./sampling.ts";
import { CLAUDE_TOOL_NAMES } from "./tool-names.ts";

/** https://docs.claude.com/en/api/overview */
export const anthropic: Provider = {
  name: "anthropic",
  about: "Anthropic's Claude models.",
  modelNames: /^claude-/,
  operations: {
    "llm/v1/chat": {
      format: () => anthropicMessages,
      path: "/v1/messages",
      under: (base) => `${base}/messages`,
    },
    // Asked for as messages: `/v1/complete` is retired. A configured path may name it.
    "llm/v1/completions": {
      format: (options) => (namesComplete(options) ? anthropicComplete : anthropicMessages),
      path: "/v1/messages",
      under: (base) => `${base}/complete`,
    },
    "llm/v1/batches": { path: "/v1/messages/batches" },
  },
  origin: () => "https://api.anthropic.com",
  keyHeader: "x-api-key",
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
