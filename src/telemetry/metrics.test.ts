import { describe, expect, test } from "bun:test";
import { gatewayMetrics } from "./gateway-metrics.ts";
import { createRegistry } from "./metrics.ts";

describe("createRegistry", () => {
  test("writes counters, gauges and histograms as Prometheus text", () => {
    const registry = createRegistry();
    const requests = registry.counter({ name: "requests_total", help: "All.", labels: ["code"] });
    const active = registry.gauge({ name: "active", help: "Now.", labels: [] });
    const wait = registry.histogram({
      name: "wait_ms",
      help: "Wait.",
      labels: ["route"],
      buckets: [10, 1],
    });
    requests.add(2, "200");
    requests.add(1, "500");
    active.add(3);
    active.add(-1);
    for (const ms of [0.5, 1, 7, 99]) wait.observe(ms, "a");
    expect(registry.text()).toBe(`# HELP requests_total All.
# TYPE requests_total counter
requests_total{code="200"} 2
requests_total{code="500"} 1
# HELP active Now.
# TYPE active gauge
active 2
# HELP wait_ms Wait.
# TYPE wait_ms histogram
wait_ms_bucket{route="a",le="1"} 2
wait_ms_bucket{route="a",le="10"} 3
wait_ms_bucket{route="a",le="+Inf"} 4
wait_ms_sum{route="a"} 107.5
wait_ms_count{route="a"} 4
`);
  });

  test("leaves out metrics without a value", () => {
    const registry = createRegistry();
    gatewayMetrics(registry);
    expect(registry.text()).toBe("");
  });

  test("escapes label values and help", () => {
    const registry = createRegistry();
    const odd = registry.counter({ name: "odd", help: "a\\b\nc", labels: ["l"] });
    odd.add(1, 'q"\\\n');
    expect(registry.text()).toBe(
      '# HELP odd a\\\\b\\nc\n# TYPE odd counter\nodd{l="q\\"\\\\\\n"} 1\n',
    );
  });

  test("counts what comes past the cap under other, and loses nothing", () => {
    const registry = createRegistry();
    const byModel = registry.counter({
      name: "by_model",
      help: "x",
      labels: ["model", "code"],
      maxSeries: 2,
    });
    for (const model of ["a", "b", "c", "d", "a"]) byModel.add(1, model, "200");
    expect(registry.text()).toContain(
      'by_model{model="a",code="200"} 2\nby_model{model="b",code="200"} 1\nby_model{model="other",code="other"} 2\n',
    );
  });

  test("keeps series apart whose values only join to the same text", () => {
    const registry = createRegistry();
    const pair = registry.counter({ name: "pair", help: "x", labels: ["a", "b"] });
    pair.add(1, "x,y", "z");
    pair.add(1, "x", "y,z");
    expect(registry.text().match(/^pair\{/gm)).toHaveLength(2);
  });
});
