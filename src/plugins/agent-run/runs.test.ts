import { expect, test } from "bun:test";
import { FORGOTTEN_AFTER_MS, Runs } from "./runs.ts";

test("a session of one caller is no session of another, whatever either writes", () => {
  const runs = new Runs();
  const keys = [
    runs.at("ann", "s", 0),
    runs.at("bob", "s", 0),
    runs.at('ann","s', "", 0),
    runs.at("ann", 's"', 0),
  ].map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
  expect(runs.at("ann", "s", 1)).toMatchObject({ key: keys[0], startedMs: 0 });
});

test("a run is forgotten a day after its last call, and then begins anew", () => {
  const runs = new Runs();
  const first = runs.at("ann", "s", 0);
  expect(runs.at("ann", "s", FORGOTTEN_AFTER_MS - 1).key).toBe(first.key);
  const again = runs.at("ann", "s", 2 * FORGOTTEN_AFTER_MS);
  expect(again.key).not.toBe(first.key);
  expect(again.startedMs).toBe(2 * FORGOTTEN_AFTER_MS);
});

test("where there are too many, the one that was silent for longest is forgotten", () => {
  const runs = new Runs({ runs: 2, runsOfOwner: 10 });
  const first = runs.at("ann", "1", 0);
  runs.at("bob", "2", 1);
  runs.at("ann", "1", 2);
  runs.at("cem", "3", 3);
  expect(runs.size).toBe(2);
  expect(runs.at("ann", "1", 4).key).toBe(first.key);
});

test("a caller who makes up names gets one run for all that are too many, and pushes out nobody", () => {
  const runs = new Runs({ runs: 100, runsOfOwner: 3 });
  const other = runs.at("bob", "s", 0);
  const keys = Array.from({ length: 50 }, (_, at) => runs.at("ann", `made-up-${at}`, at).key);
  expect(new Set(keys).size).toBe(4);
  expect(runs.size).toBe(5);
  expect(runs.at("bob", "s", 60).key).toBe(other.key);
});

test("a name may be of any length, and takes no more room for it", () => {
  const { key } = new Runs().at("ann", "x".repeat(100_000), 0);
  expect(key.length).toBeLessThan(300);
});
