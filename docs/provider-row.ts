import { ROUTE_TYPES } from "../src/providers/operations.ts";
import type { Provider } from "../src/providers/provider.ts";
import { targetSchema } from "../src/providers/target-schema.ts";

/** Bedrock is asked in the way of a model's maker; the others ask for any model alike. */
const EMBEDDING_MODEL = "amazon.titan-embed-text-v2:0";

/** A row of the providers' table: what a target without any options gets. */
export function providerRow(provider: Provider): string {
  const { options } = targetSchema.parse({
    route_type: "llm/v1/chat",
    model: {
      provider: provider.name,
      options: { llama2_format: "openai", mistral_format: "openai" },
    },
  }).model;
  const origin = provider.origin(options);
  const address = origin === undefined || origin.includes("undefined") ? "" : `\`${origin}\``;
  const operations = ROUTE_TYPES.filter((routeType) =>
    provider.operations[routeType]?.format?.(options, EMBEDDING_MODEL),
  );
  const list = operations.map((one) => `\`${one}\``).join(", ") || "none yet";
  const page = `../how-to/providers/${provider.name}.md`;
  return `| [\`${provider.name}\`](${page}) | ${provider.about} | ${address} | ${list} |`;
}
