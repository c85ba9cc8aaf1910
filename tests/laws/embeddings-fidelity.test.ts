import { describe, expect, test } from "bun:test";
import { cohereEmbed, cohereEmbedOnBedrock } from "../../src/formats/embeddings/cohere.ts";
import type { EmbeddingsFormat } from "../../src/formats/embeddings/format.ts";
import { geminiEmbed, vertexEmbed } from "../../src/formats/embeddings/gemini.ts";
import { huggingfaceFeatures } from "../../src/formats/embeddings/huggingface.ts";
import { ollamaEmbed } from "../../src/formats/embeddings/ollama.ts";
import { titanEmbed } from "../../src/formats/embeddings/titan.ts";

/** Each dialect, and its own member for what the texts are for. */
const FORMATS: readonly (readonly [EmbeddingsFormat, purpose: string])[] = [
  [cohereEmbed("classification"), "input_type"],
  [cohereEmbedOnBedrock("classification"), "input_type"],
  [geminiEmbed, "task_type"],
  [vertexEmbed("text-embedding-005"), "task_type"],
  [huggingfaceFeatures, "prompt_name"],
  [ollamaEmbed, "input_type"],
  [titanEmbed("amazon.titan-embed-text-v1", false), "input_type"],
  [titanEmbed("amazon.titan-embed-text-v2:0", false), "input_type"],
];

describe.each(FORMATS)(
  "what the table of embeddings says is what becomes of a request",
  (format, purpose) => {
    test.each([
      ["dimensions", { dimensions: 256, extra: {} }],
      ["user", { extra: { user: "u-1" } }],
      ["purpose", { extra: { [purpose]: "PURPOSE" } }],
    ] as const)(`${format.name}: %s`, (capability, asked) => {
      const request = { model: "m", texts: ["a"], ...asked };
      const { wire, notices } = format.encodeRequest(request);
      const isLost = format.fidelity[capability] === "dropped";
      expect(notices).toHaveLength(isLost ? 1 : 0);
      const plain = format.encodeRequest({ model: "m", texts: ["a"], extra: {} });
      expect(Bun.deepEquals(wire, plain.wire)).toBe(isLost);
    });
  },
);
