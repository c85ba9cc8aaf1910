import { describe, expect, test } from "bun:test";
import { quantile, reportScenario, reportTargets, type Sample } from "./report.ts";
import type { SubjectName } from "./subject-names.ts";

function sample(
  subject: SubjectName,
  round: number,
  cpuMicrosPerRequest: number,
  requestsPerSecond: number,
): Sample {
  return {
    subject,
    round,
    cpuMicrosPerRequest,
    requestsPerSecond,
    saturatedP50Micros: 4,
    saturatedP99Micros: 5,
    addedP50Micros: 1,
    addedP99Micros: 2,
    residentKib: 3,
  };
}

const chat = { name: "chat", about: "whole answers" } as const;

describe("quantile", () => {
  test.each([
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2.5],
    [[7], 0.99, 7],
    [[], 0.5, Number.NaN],
  ] as const)("of %p at %p is %p", (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });
});

test("a ratio is the median of ratios within rounds, not the ratio of medians", () => {
  const samples = [
    sample("nginx", 1, 10, 100),
    sample("dragoman", 1, 20, 50),
    sample("nginx", 2, 100, 100),
    sample("dragoman", 2, 300, 20),
    sample("nginx", 3, 20, 100),
    sample("dragoman", 3, 80, 10),
  ];
  expect(reportScenario(chat, samples, {}).ratios["dragoman/nginx"]).toEqual({
    cpuMicrosPerRequest: { median: 3, lowest: 2, highest: 4 },
    requestsPerSecond: { median: 0.2, lowest: 0.1, highest: 0.5 },
  });
});

test("targets name what was measured and whether it is met", () => {
  const samples = [
    sample("nginx", 1, 20, 50_000),
    sample("dragoman", 1, 80, 16_000),
    sample("dragoman-balanced", 1, 83, 15_500),
    sample("portkey", 1, 1600, 1000),
  ];
  expect(
    reportTargets([reportScenario(chat, samples, {})]).map(({ value, met }) => [value, met]),
  ).toEqual([
    [16, true],
    [4, false],
    [3, true],
  ]);
  expect(reportTargets([reportScenario(chat, samples.slice(0, 1), {})])).toEqual([]);
});
