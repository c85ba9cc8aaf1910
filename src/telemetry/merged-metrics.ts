/**
 * The metrics of several processes as those of one: texts in the Prometheus format of this folder's registry, in
 * which series of the same name and labels are added up. That holds for counters and histograms, and for gauges
 * of what is under way or held; one that is no amount is told by one process alone.
 */
export function mergedMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of texts) for (const family of familiesOf(text)) add(family, families);
  return [...families.values()].map(written).join("");
}

/** What stays of a process that is gone: what it counted, and nothing that it held. */
export function withoutGauges(text: string): string {
  return familiesOf(text)
    .filter(({ type }) => type !== "gauge")
    .map(written)
    .join("");
}

interface Family {
  /** Its `HELP` and `TYPE` lines. */
  readonly head: string;
  readonly name: string;
  readonly type: string;
  /** Values by name and labels, in their order. */
  readonly series: Map<string, number>;
}

function familiesOf(text: string): Family[] {
  const families: Family[] = [];
  let help = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("# HELP ")) help = line;
    else if (line.startsWith("# TYPE ")) {
      const [, , name = "", type = ""] = line.split(" ");
      families.push({ head: `${help}\n${line}\n`, name, type, series: new Map() });
    } else if (line !== "") {
      // Label values may hold blanks; the value is what stands behind the last one.
      const at = line.lastIndexOf(" ");
      families.at(-1)?.series.set(line.slice(0, at), Number(line.slice(at + 1)));
    }
  }
  return families;
}

function add({ name, series, ...rest }: Family, families: Map<string, Family>): void {
  const known = families.get(name);
  if (!known) {
    families.set(name, { name, series: new Map(series), ...rest });
    return;
  }
  for (const [labels, value] of series) {
    known.series.set(labels, (known.series.get(labels) ?? 0) + value);
  }
}

function written({ head, series }: Family): string {
  let text = head;
  for (const [labels, value] of series) text += `${labels} ${value}\n`;
  return text;
}
