/**
 * Counters, gauges and histograms in the Prometheus text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Label values are given in the
 * order of the label names.
 */
export interface Registry {
  counter<const Labels extends readonly string[]>(source: MetricSource<Labels>): Counter<Labels>;
  gauge<const Labels extends readonly string[]>(source: MetricSource<Labels>): Gauge<Labels>;
  /** A gauge whose value is asked for when it is read; without one until it has a source. */
  sampled(source: Pick<MetricSource<[]>, "name" | "help">): Sampled;
  histogram<const Labels extends readonly string[]>(
    source: MetricSource<Labels> & { readonly buckets: readonly number[] },
  ): Histogram<Labels>;
  /** Every metric that has a value, in order of registration. */
  text(): string;
}

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface MetricSource<Labels extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
  /** Distinct label combinations kept; what comes later is counted under `other`. 1,000 unless said. */
  readonly maxSeries?: number;
}

export type LabelValues<Labels extends readonly string[]> = {
  readonly [Index in keyof Labels]: string;
};

export interface Counter<Labels extends readonly string[]> {
  add(amount: number, ...values: LabelValues<Labels>): void;
}

export interface Gauge<Labels extends readonly string[]> extends Counter<Labels> {
  set(value: number, ...values: LabelValues<Labels>): void;
}

export interface Sampled {
  from(sample: () => number): void;
}

export interface Histogram<Labels extends readonly string[]> {
  observe(value: number, ...values: LabelValues<Labels>): void;
}

const MAX_SERIES = 1000;
/** For counters that are billed by, where callers and models multiply. */
export const MAX_BILLED_SERIES = 10_000;
const OTHER = "other";
const BETWEEN_VALUES = "\u0000";

export function createRegistry(): Registry {
  const sections: (() => string)[] = [];
  return {
    counter(source) {
      const series = seriesOf(source, () => ({ value: 0 }));
      sections.push(() => section(source, "counter", series.lines(valueLines(source.name))));
      return {
        add(amount, ...values) {
          series.at(values).value += amount;
        },
      };
    },
    gauge(source) {
      const series = seriesOf(source, () => ({ value: 0 }));
      sections.push(() => section(source, "gauge", series.lines(valueLines(source.name))));
      return {
        add(amount, ...values) {
          series.at(values).value += amount;
        },
        set(value, ...values) {
          series.at(values).value = value;
        },
      };
    },
    sampled({ name, help }) {
      let sample: (() => number) | undefined;
      sections.push(() => {
        const lines = sample ? valueLines(name)("", { value: sample() }) : "";
        return section({ name, help, labels: [] }, "gauge", lines);
      });
      return {
        from(next) {
          sample = next;
        },
      };
    },
    histogram(source) {
      const bounds = source.buckets.toSorted((a, b) => a - b);
      const series = seriesOf(source, () => emptyDistribution(bounds.length));
      sections.push(() =>
        section(source, "histogram", series.lines(bucketLines(source.name, bounds))),
      );
      return {
        observe(value, ...values) {
          observe(series.at(values), bounds, value);
        },
      };
    },
    text: () => sections.map((render) => render()).join(""),
  };
}

interface Series<State> {
  at(values: readonly string[]): State;
  lines(render: (labels: string, state: State) => string): string;
}

function seriesOf<State>(
  source: MetricSource<readonly string[]>,
  create: () => State,
): Series<State> {
  const limit = source.maxSeries ?? MAX_SERIES;
  const known = new Map<string, { readonly labels: string; readonly state: State }>();
  const other = source.labels.map(() => OTHER);

  function add(key: string, values: readonly string[]) {
    const added = { labels: labelText(source.labels, values), state: create() };
    known.set(key, added);
    return added;
  }

  function at(values: readonly string[]): State {
    const key = values.length < 2 ? (values[0] ?? "") : values.join(BETWEEN_VALUES);
    const found = known.get(key);
    if (found) return found.state;
    if (known.size < limit || values === other) return add(key, values).state;
    return at(other);
  }

  return {
    at,
    lines(render) {
      let text = "";
      for (const { labels, state } of known.values()) text += render(labels, state);
      return text;
    },
  };
}

function section(source: MetricSource<readonly string[]>, type: string, lines: string): string {
  if (lines === "") return "";
  const help = source.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${source.name} ${help}\n# TYPE ${source.name} ${type}\n${lines}`;
}

function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${escapeLabel(values[index] ?? "")}"`).join(",");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function valueLines(name: string) {
  return (labels: string, state: { readonly value: number }) =>
    labels === ""
      ? `${name} ${numberText(state.value)}\n`
      : `${name}{${labels}} ${numberText(state.value)}\n`;
}

interface Distribution {
  /** Observations by bucket, not cumulative; the last is above every bound. */
  readonly counts: number[];
  sum: number;
}

function emptyDistribution(boundCount: number): Distribution {
  return { counts: new Array<number>(boundCount + 1).fill(0), sum: 0 };
}

function observe(distribution: Distribution, bounds: readonly number[], value: number): void {
  const found = bounds.findIndex((bound) => value <= bound);
  const index = found < 0 ? bounds.length : found;
  distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
  distribution.sum += value;
}

function bucketLines(name: string, bounds: readonly number[]) {
  return (labels: string, { counts, sum }: Distribution) => {
    const before = labels === "" ? "" : `${labels},`;
    let text = "";
    let total = 0;
    for (const [index, count] of counts.entries()) {
      total += count;
      const bound = bounds[index] ?? Number.POSITIVE_INFINITY;
      text += `${name}_bucket{${before}le="${numberText(bound)}"} ${total}\n`;
    }
    const own = labels === "" ? "" : `{${labels}}`;
    return `${text}${name}_sum${own} ${numberText(sum)}\n${name}_count${own} ${total}\n`;
  };
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}
