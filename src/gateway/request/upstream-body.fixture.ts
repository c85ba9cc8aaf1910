import { compileTarget } from "../../providers/target.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { planOf } from "../call/plan.ts";
import type { Prompt } from "../call/prompt.ts";
import { upstreamBody } from "./upstream-body.ts";

/** A route that has chosen a cheap model, of a vendor for each dialect. */
export const ROUTES: Readonly<Record<string, readonly [name: string, options?: object]>> = {
  openai: ["cheap"],
  azure: ["cheap", { azure_instance: "i", azure_deployment_id: "cheap" }],
  mistral: ["cheap", { mistral_format: "openai", upstream_url: "http://m.test/v1/chat" }],
  anthropic: ["claude-sonnet-4-5"],
  bedrock: ["anthropic.claude-3-7-sonnet-20250219-v1:0", { bedrock: { aws_region: "eu-west-1" } }],
  gemini: ["gemini-2.0-flash"],
  cohere: ["command-r"],
  huggingface: ["cheap"],
  llama2: ["cheap", { llama2_format: "ollama", upstream_url: "http://l.test/api/chat" }],
};

/** As a proxy has them unless told otherwise. */
export const settings = {
  pluginId: "p",
  routeType: "llm/v1/chat",
  responseStreaming: "allow",
  maxRequestBodyBytes: 0,
  modelNameHeader: true,
  optionsPrecedence: "config",
  fidelity: "lenient",
  errorsIn: "vendor",
  answersIn: "vendor",
  providerFailures: "passed-on",
  timeouts: "service",
  secretNames: new Set<string>(),
} as const;

/** What is sent upstream for a client's request, and what its notices say. */
export function sentFor(provider: string, prompt: Prompt, options: object = {}) {
  const [name, own = {}] = ROUTES[provider] ?? ["cheap"];
  const target = compileTarget(
    targetSchema.parse({
      route_type: "llm/v1/chat",
      auth: { header_name: "Authorization", header_value: "k" },
      model: { provider, name, options: { ...own, ...options } },
    }),
  );
  const source = { headers: new Headers(), search: "", captures: {} };
  const plan = planOf(target.resolve(source), settings, name, false);
  const body = upstreamBody(prompt, plan);
  const told = body.notices.map(({ kind, field }) => `${kind} ${field}`);
  return { wire: body.wire, text: JSON.stringify(body.wire), told };
}
