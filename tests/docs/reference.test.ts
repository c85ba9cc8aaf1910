import { expect, test } from "bun:test";
import { stalePages } from "../../docs/generate.ts";

test("the reference says what the code does: `npm run docs` changes nothing", async () => {
  expect(await stalePages()).toEqual([]);
});
