import { expect, test } from "bun:test";
import { manualClock } from "../../tests/fixtures/manual-clock.ts";
import { sampleCall } from "../../tests/fixtures/sample-call.ts";
import { GatewayError } from "../chat/error.ts";
import type { CallRecord } from "./call-record.ts";
import { failureTally, type ToldFailure } from "./failure-tally.ts";

/** A call whose only try ended so. */
function call(status: number, host = "api.test", error?: GatewayError): CallRecord {
  const record = sampleCall();
  const [attempt] = record.attempts.splice(0);
  if (attempt) record.attempts.push({ ...attempt, host, status, ...(error && { error }) });
  return record;
}

function tally() {
  const clock = manualClock();
  const told: ToldFailure[] = [];
  const failures = failureTally(clock, (failure) => told.push(failure));
  return { clock, told, failures, counts: () => told.map(({ facts }) => facts.count) };
}

test("the first failure of a kind is told at once, a storm of them every ten seconds in a sum", () => {
  const { clock, failures, counts, told } = tally();
  for (let at = 0; at < 1000; at += 1) failures.saw(call(503));
  expect(counts()).toEqual([1]);
  clock.advance(10_000);
  expect(counts()).toEqual([1, 999]);
  expect(told[1]?.sentence).toContain(
    "openai at api.test:443, model gpt-4o: http_503, 999 more since",
  );
  clock.advance(10_000);
  failures.saw(call(503));
  expect(counts()).toEqual([1, 999, 1]);
});

test("providers, addresses and causes are told apart", () => {
  const { failures, told } = tally();
  for (const one of [call(503), call(500), call(503, "b.test"), call(503)]) failures.saw(one);
  expect(told.map(({ facts }) => `${facts.address} ${facts.cause}`)).toEqual([
    "api.test:443 http_503",
    "api.test:443 http_500",
    "b.test:443 http_503",
  ]);
});

test("what the client's request was refused for is no failure of the provider", () => {
  const { failures, counts } = tally();
  const inBand = new GatewayError("invalid_request", "no", { status: 400, vendor: { type: "x" } });
  for (const one of [call(200), call(400), call(404), call(422), call(200, "a", inBand)]) {
    failures.saw(one);
  }
  expect(counts()).toEqual([]);
  for (const status of [401, 403, 429, 500]) failures.saw(call(status));
  expect(counts()).toEqual([1, 1, 1, 1]);
});

test("kinds beyond two hundred are one, and the end tells what was only counted", () => {
  const { failures, counts } = tally();
  for (let at = 0; at < 300; at += 1) failures.saw(call(503, `h${at}.test`));
  expect(counts()).toHaveLength(201);
  failures.close();
  expect(counts()).toHaveLength(202);
  expect(counts().at(-1)).toBe(99);
});
