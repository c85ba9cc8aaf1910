import {
  EMBEDDINGS_CAPABILITIES,
  type EmbeddingsFidelity,
} from "../src/formats/embeddings/format.ts";
import type { ModelOptions } from "../src/providers/provider.ts";
import { PROVIDERS } from "../src/providers/registry.ts";
import { targetSchema } from "../src/providers/target-schema.ts";
import { VARIANTS } from "./provider-fidelity.ts";

const SYMBOLS = { kept: "●", mapped: "◐", dropped: "–" } as const;

interface Column {
  readonly label: string;
  readonly dialect: string;
  readonly most: string;
  readonly fidelity: EmbeddingsFidelity;
}

/** A client's own dialect passes through. */
const AS_IT_CAME: EmbeddingsFidelity = {
  "token-input": "kept",
  dimensions: "kept",
  user: "kept",
  purpose: "kept",
};

/** Providers that one name is not enough for: models differ, or where they are. */
const OTHERS: readonly (readonly [label: string, Parameters<typeof column>[1], object, string])[] =
  [
    ["bedrock (Titan 1)", "bedrock", {}, "amazon.titan-embed-text-v1"],
    ["bedrock (Titan 2)", "bedrock", {}, "amazon.titan-embed-text-v2:0"],
    ["bedrock (Cohere)", "bedrock", {}, "cohere.embed-v4:0"],
    ["gemini", "gemini", {}, "gemini-embedding-001"],
    [
      "gemini (Vertex)",
      "gemini",
      { gemini: { api_endpoint: "h", project_id: "p", location_id: "l" } },
      "text-embedding-005",
    ],
  ];

export function embeddingsMatrix(): string {
  const named = new Set(OTHERS.map(([, provider]) => provider));
  const columns = [
    ...VARIANTS.filter(({ provider }) => !named.has(provider.name)).map(
      ({ label, provider, written }) => column(label, provider.name, written, "m"),
    ),
    ...OTHERS.map(([label, provider, written, model]) => column(label, provider, written, model)),
  ].filter((one) => one !== undefined);
  return [
    `| Provider | Dialect | ${EMBEDDINGS_CAPABILITIES.join(" | ")} | Texts at once |`,
    `|---|---|${":-:|".repeat(EMBEDDINGS_CAPABILITIES.length)}--:|`,
    ...columns.map(({ label, dialect, most, fidelity }) => {
      const cells = EMBEDDINGS_CAPABILITIES.map((capability) => SYMBOLS[fidelity[capability]]);
      return `| ${label} | \`${dialect}\` | ${cells.join(" | ")} | ${most} |`;
    }),
  ].join("\n");
}

function column(
  label: string,
  provider: keyof typeof PROVIDERS,
  written: object,
  model: string,
): Column | undefined {
  const { "llm/v1/embeddings": endpoint } = PROVIDERS[provider].operations;
  const format = endpoint?.format?.(optionsOf(provider, written), model);
  if (!format || format === "in-process") return undefined;
  if (format === "as-it-came") return { label, dialect: "openai", most: "", fidelity: AS_IT_CAME };
  const { name, maxTexts, fidelity } = format;
  return { label, dialect: name, most: String(maxTexts), fidelity };
}

function optionsOf(provider: keyof typeof PROVIDERS, written: object): ModelOptions {
  const model = { provider, options: written };
  return targetSchema.parse({ route_type: "llm/v1/embeddings", model }).model.options;
}
