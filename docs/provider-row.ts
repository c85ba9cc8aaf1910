import type { Provider } from "../src/providers/provider.ts";
import { ROUTE_TYPES, targetSchema } from "../src/providers/target-schema.ts";

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
  const operations = ROUTE_TYPES.filter((one) => provider.format(one, options) !== undefined);
  const list = operations.map((one) => `\`${one}\``).join(", ") || "none yet";
  const page = `../how-to/providers/${provider.name}.md`;
  return `| [\`${provider.name}\`](${page}) | ${provider.about} | ${address} | ${list} |`;
}
