import { expect, test } from "bun:test";
import { didYouMean } from "./report.ts";

test("the closest name within reach is suggested", () => {
  const names = ["temperature", "top_p", "top_k", "max_tokens"];
  expect(didYouMean("temprature", names)).toBe("did you mean 'temperature'?");
  expect(didYouMean("Top_K", names)).toBe("did you mean 'top_k'?");
  expect(didYouMean("tokens_max", names)).toBeUndefined();
  expect(didYouMean("x", ["id"])).toBeUndefined();
});
