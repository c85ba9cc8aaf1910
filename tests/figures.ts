import { processRegistry } from "../src/telemetry/gateway-metrics.ts";

/** What this process has counted under exactly that series. */
export function figure(series: string): number {
  const lines = processRegistry.text().split("\n");
  const sample = lines.find((line) => line.startsWith(`${series} `));
  return Number(sample?.slice(series.length + 1) ?? 0);
}

/** The series of failed tries at a provider: the gateway's own, by code, and Kong's, by status. */
export function failures(provider: string, code: string, status: string): readonly number[] {
  return [
    figure(`dragoman_upstream_errors_total{provider="${provider}",code="${code}"}`),
    figure(`kong_ai_llm_upstream_errors_total{ai_provider="${provider}",status="${status}"}`),
  ];
}
