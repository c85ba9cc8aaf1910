import type { TestGateway } from "./gateway.ts";

type Counting = Pick<TestGateway, "counted">;

/** What a gateway has counted under exactly that series. */
export function figure(gateway: Counting, series: string): number {
  const lines = gateway.counted().split("\n");
  const sample = lines.find((line) => line.startsWith(`${series} `));
  return Number(sample?.slice(series.length + 1) ?? 0);
}

/** The series of failed tries at a provider: the gateway's own, by code, and Kong's, by status. */
export function failures(
  gateway: Counting,
  provider: string,
  code: string,
  status: string,
): readonly number[] {
  return [
    figure(gateway, `dragoman_upstream_errors_total{provider="${provider}",code="${code}"}`),
    figure(
      gateway,
      `kong_ai_llm_upstream_errors_total{ai_provider="${provider}",status="${status}"}`,
    ),
  ];
}
