import { expect, test } from "bun:test";
import { crc32 } from "./crc32.ts";

test("CRC-32 of the check value 123456789, of nothing, and of a part", () => {
  const bytes = new TextEncoder().encode("123456789");
  expect(crc32(bytes)).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32(new TextEncoder().encode("..123456789.."), 2, 11)).toBe(0xcbf43926);
});
