import { expect, test } from "bun:test";
import type { Embedder } from "./embedder.ts";
import { keepingVectors } from "./kept-vectors.ts";

/** Gives each text a vector of its length, and remembers what it was asked for. */
function counting() {
  const asked: (readonly string[])[] = [];
  const embedder: Embedder = {
    provider: "test",
    model: "lengths",
    dimensions: 1,
    async embed(texts) {
      asked.push(texts);
      const vectors = texts.map(({ length }) => new Float32Array([length]));
      return { vectors, promptTokens: texts.length, latencyMs: 1, asked: texts.length };
    },
  };
  return { asked, embedder };
}

test("what was asked for last is kept, the rest makes room; a text and its vector count", async () => {
  const { asked, embedder } = counting();
  // Of two letters each, with four bytes of vector: room for two.
  const keeping = keepingVectors(embedder, 16);
  await keeping.embed(["aa", "bb"]);
  await keeping.embed(["aa"]);
  await keeping.embed(["cc"]);
  expect(await keeping.embed(["aa", "cc"])).toMatchObject({ asked: 0, promptTokens: 0 });
  expect(await keeping.embed(["bb"])).toMatchObject({ asked: 1, promptTokens: 1 });
  expect(asked).toEqual([["aa", "bb"], ["cc"], ["bb"]]);
});

test("a text that is larger than the room is given, and not kept", async () => {
  const { asked, embedder } = counting();
  const keeping = keepingVectors(embedder, 16);
  const long = "a".repeat(100);
  for (let call = 0; call < 2; call += 1) {
    expect((await keeping.embed([long])).vectors).toEqual([new Float32Array([100])]);
  }
  expect(asked).toHaveLength(2);
});

test("a list that is larger than the room comes whole and in order", async () => {
  const { embedder } = counting();
  const texts = Array.from({ length: 50 }, (_, at) => "a".repeat(at + 1));
  const { vectors } = await keepingVectors(embedder, 16).embed(texts);
  expect(vectors.map(([length]) => length)).toEqual(texts.map(({ length }) => length));
});

test("a failure is nobody's vector: the text is asked for again", async () => {
  const { asked, embedder } = counting();
  let fails = true;
  const keeping = keepingVectors({
    ...embedder,
    embed: (texts) => (fails ? Promise.reject(new Error("down")) : embedder.embed(texts)),
  });
  await expect(keeping.embed(["a"])).rejects.toThrow("down");
  fails = false;
  expect((await keeping.embed(["a"])).asked).toBe(1);
  expect(asked).toEqual([["a"]]);
});
