import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergedMetrics, withoutGauges } from "./merged-metrics.ts";
import { createRegistry } from "./metrics.ts";

function observed(seen: readonly Seen[]): string {
  const registry = createRegistry();
  const requests = registry.counter({
    name: "requests_total",
    help: "All.",
    labels: ["who", "code"],
  });
  const active = registry.gauge({ name: "active", help: "Now.", labels: [] });
  const wait = registry.histogram({
    name: "wait_ms",
    help: "Wait.",
    labels: ["who"],
    buckets: [1, 10],
  });
  for (const { who, code, ms } of seen) {
    requests.add(1, who, code);
    active.add(1);
    wait.observe(ms, who);
  }
  return registry.text();
}

const seen = fc.record({
  who: fc.constantFrom("a", "b c", 'd"\n\\e', "# TYPE x", "é 1"),
  code: fc.constantFrom("200", "500"),
  ms: fc.integer({ min: 0, max: 30 }),
});
type Seen = typeof seen extends fc.Arbitrary<infer One> ? One : never;

/** What several have seen is told in the order in which it is first met. */
const sorted = (text: string) => text.split("\n").toSorted().join("\n");

describe("metrics of several processes", () => {
  test("law: are those of one process that has seen what all have", () => {
    fc.assert(
      fc.property(fc.array(fc.array(seen, { maxLength: 20 }), { maxLength: 4 }), (parts) => {
        expect(sorted(mergedMetrics(parts.map(observed)))).toBe(sorted(observed(parts.flat())));
      }),
    );
  });

  test("of one that is gone: what it counted stays, what it held does not", () => {
    const text = withoutGauges(observed([{ who: "a", code: "200", ms: 3 }]));
    expect(text).toContain('requests_total{who="a",code="200"} 1\n');
    expect(text).toContain('wait_ms_sum{who="a"} 3\n');
    expect(text).not.toContain("active");
  });
});
