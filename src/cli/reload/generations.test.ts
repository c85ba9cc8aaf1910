import { expect, test } from "bun:test";
import { Generations } from "./generations.ts";

const text = (of: string) => ({ text: of, name: "gateway.yaml" });
const numbers = ({ all }: Generations) => all.map(({ number }) => number);

test("the last ten are kept, and the one in force is the newest", () => {
  const generations = new Generations(text("1"), () => 0);
  for (let next = 2; next <= 13; next += 1) generations.add(text(String(next)), "file");
  expect(numbers(generations)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect(generations.inForce).toMatchObject({ number: 13, trigger: "file", bytes: 2 });
});

test("their bytes are bounded, but the one in force is kept whatever its size", () => {
  const generations = new Generations(text("é"), () => 0, { count: 10, bytes: 10 });
  generations.add(text("12345678"), "file");
  expect(numbers(generations)).toEqual([1, 2]);
  generations.add(text("123"), "file");
  expect(numbers(generations)).toEqual([3]);
  generations.add(text("x".repeat(1_000)), "file");
  expect(numbers(generations)).toEqual([4]);
});

test("rolling back goes one step further each time, and never to and fro", () => {
  const generations = new Generations(text("a"), () => 0);
  for (const one of ["b", "c", "d"]) generations.add(text(one), "admin");
  const back = () => {
    const earlier = generations.earlier();
    return earlier && generations.addAgain(earlier);
  };
  expect(back()).toMatchObject({ number: 5, first: 3, trigger: "rollback", origin: text("c") });
  expect(back()).toMatchObject({ number: 6, first: 2, origin: text("b") });
  expect(back()).toMatchObject({ number: 7, first: 1, origin: text("a") });
  expect(back()).toBeUndefined();
  generations.add(text("e"), "admin");
  expect(back()).toMatchObject({ number: 9, origin: text("d") });
});

test("a generation may be named, unless it is in force or no longer kept", () => {
  const generations = new Generations(text("a"), () => 0);
  generations.add(text("b"), "admin");
  expect(generations.earlier(1)?.origin.text).toBe("a");
  expect(generations.earlier(2)).toBeUndefined();
  expect(generations.earlier(7)).toBeUndefined();
});
