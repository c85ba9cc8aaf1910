import { describe, expect, test } from "bun:test";
import words from "../../tests/fixtures/word-pieces.json";
import { tokenTable } from "./local/token-table.ts";
import { wordPieces } from "./local/word-pieces.ts";
import { createLocalModel } from "./local-model.ts";

const file = Bun.file(new URL("./local/all-minilm-l6-v2.table", import.meta.url));
const model = createLocalModel();

const dot = (one: Float32Array, other: Float32Array) =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

async function similarity(one: string, other: string, dimensions = 256) {
  const [a, b] = (await model.vectors([one, other], dimensions)).vectors;
  if (!a || !b) throw new Error("no vectors");
  return dot(a, b);
}

describe("the tokens of a text", () => {
  test("are those of the model's own tokeniser, for 3,000 strings of any script", async () => {
    const { index } = tokenTable(await file.arrayBuffer());
    const wrong = words.filter(([text, ...ids]) => {
      const found = [...wordPieces(String(text), index)].flat();
      return found.length !== ids.length || found.some((id, at) => id !== ids[at]);
    });
    expect(words).toHaveLength(3_000);
    expect(wrong).toEqual([]);
  });

  test("bytes that are no table are refused", () => {
    expect(() => tokenTable(new ArrayBuffer(64))).toThrow("is no token table");
  });
});

describe("the local model", () => {
  test("the same question in other words is nearer than another question", async () => {
    const asked = "How do I reset my password?";
    const near = await similarity(asked, "I forgot my password, how can I get a new one?");
    const far = await similarity(asked, "What is the boiling point of water?");
    expect(near).toBeGreaterThan(0.6);
    expect(far).toBeLessThan(0.3);
  });

  test("vectors have length 1, shorter ones too, and are the beginning of the whole", async () => {
    const { vectors: whole } = await model.vectors(["a river bank"], 256);
    const { vectors: short } = await model.vectors(["a river bank"], 64);
    const [long = new Float32Array(0)] = whole;
    const [cut = new Float32Array(0)] = short;
    expect([long.length, cut.length]).toEqual([256, 64]);
    expect(dot(long, long)).toBeCloseTo(1, 5);
    expect(dot(cut, cut)).toBeCloseTo(1, 5);
    expect(dot(cut, long.subarray(0, 64)) / Math.hypot(...long.subarray(0, 64))).toBeCloseTo(1, 5);
  });

  test("case, accents and white space say nothing", async () => {
    expect(await similarity("Où est le CAFÉ ?", "ou  est le\ncafe ?")).toBeCloseTo(1, 5);
  });

  test("what the vocabulary does not have is near nothing but itself", async () => {
    expect(await similarity("👍", "👍")).toBeCloseTo(1, 5);
    expect(Math.abs(await similarity("👍", "👎"))).toBeLessThan(0.3);
    expect(Math.abs(await similarity("", "How do I reset my password?"))).toBeLessThan(0.3);
  });

  test("of a text the first 32,768 characters count, and others have their turn meanwhile", async () => {
    const read = "river bank ".repeat(2_979).slice(0, 32_768);
    let turns = 0;
    const count = () => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const { vectors, promptTokens } = await model.vectors([read, `${read} and more`], 256);
    clearImmediate(counting);
    expect(turns).toBeGreaterThan(8);
    expect(promptTokens).toBeLessThan(2 * 32_768);
    expect(vectors[0]).toEqual(vectors[1] ?? new Float32Array(0));
  });

  test("a length that it does not have is refused", async () => {
    await expect(model.vectors(["a"], 257)).rejects.toThrow("1 to 256 numbers, not 257");
  });
});
