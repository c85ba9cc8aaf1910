import { expect, test } from "bun:test";
import fc from "fast-check";
import { madeCallId } from "./tools.ts";

test("a made id is one that every vendor takes back, and another for each call and answer", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: 999 }), (answerId, n) => {
      expect(madeCallId(answerId, n)).toMatch(/^call_\d+(?:_[A-Za-z0-9_-]+)?$/);
      expect(madeCallId(answerId, n).length).toBeLessThanOrEqual(40);
      expect(madeCallId(answerId, n)).not.toBe(madeCallId(answerId, n + 1));
    }),
  );
  const ids = ["5f5e4a0c-6c2b-4a59-8a12-0c1d9b7c1a11", "5f5e4a0c-6c2b-4a59-8a12-0c1d9b7c1a12"];
  expect(new Set(ids.map((id) => madeCallId(id, 0))).size).toBe(2);
  expect(madeCallId("", 3)).toBe("call_3");
});
