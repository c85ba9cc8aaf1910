import { expect, test } from "bun:test";
import { keyIndex } from "./key-index.ts";

test("thousands of instances on a generation's routes share one index of its keys", () => {
  const consumers = [{ id: "ada", groups: [], tags: [] }];
  const credential = (key: string) => ({
    id: key,
    type: "keyauth_credentials",
    consumerId: "ada",
    fields: { key },
  });
  const generation = { consumers, credentials: [credential("old")] };
  const index = keyIndex(generation, 0);
  expect(keyIndex({ ...generation }, 0)).toBe(index);
  expect(index("old", 0)?.consumer.id).toBe("ada");
  const next = keyIndex({ consumers, credentials: [credential("new")] }, 0);
  expect([next("old", 0), next("new", 0)?.credentialId]).toEqual([undefined, "new"]);
});
