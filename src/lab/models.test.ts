import { expect, test } from "bun:test";
import { readModelName } from "./models.ts";

test("a model name is read as traits, as a plain model, or as none", () => {
  expect(readModelName("lab/echo")).toEqual([{ name: "echo" }]);
  expect(readModelName("echo")).toEqual([{ name: "echo" }]);
  expect(readModelName("lab/slow-5+multibyte")).toEqual([
    { name: "slow", number: 5 },
    { name: "multibyte" },
  ]);
  expect(readModelName("lab/429")).toEqual([{ name: "429" }]);
  expect(readModelName("lab/429-7")).toEqual([{ name: "429", number: 7 }]);
  expect(readModelName("gpt-4o")).toEqual([]);
  expect(readModelName("echo+gpt-4o")).toEqual([]);
  expect(readModelName("lab/gpt-4o")).toBeUndefined();
  expect(readModelName("lab/toString")).toBeUndefined();
});
