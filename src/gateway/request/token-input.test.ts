import { expect, test } from "bun:test";
import { withTextInput } from "./token-input.ts";

test.each([
  ["text-embedding-3-small", [15339, 1917]],
  ["text-embedding-ada-002", [15339, 1917]],
  ["nomic-embed-text", [15339, 1917]],
  ["gpt-4o", [24912, 2375]],
  ["text-davinci-003", [31373, 995]],
  ["text-similarity-ada-001", [31373, 995]],
])("token ids are in the encoding of the model that is asked for: %s", async (model, input) => {
  expect(await withTextInput({ model, input })).toEqual({ model, input: ["hello world"] });
});

test("a request without token ids is itself", () => {
  for (const input of ["a", ["a", "b"], [], null]) {
    const wire = { model: "m", input };
    expect(withTextInput(wire)).toBe(wire);
  }
});
