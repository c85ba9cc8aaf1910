import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { lines, startProcess, until } from "../process.ts";

/** The figures as a real Prometheus reads them, where there is one. */
const SERVER = Bun.which("prometheus");
const LINTER = Bun.which("promtool");

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const short = () => ({
  providers: { openai: { key: "sk-lab", url: `${lab.url}/v1` } },
  models: {
    fast: { use: "openai/lab/echo", options: { input_cost: 2_000_000, output_cost: 1_000_000 } },
  },
});

const QUESTION = { model: "fast", messages: [{ role: "user", content: "Hello" }] };

async function ask(gateway: Awaited<ReturnType<typeof startProcess>>, body: object) {
  const answer = await gateway.post(body, {}, "/v1/chat/completions");
  expect(answer.status).toBe(200);
  return answer.text();
}

/** A server that reads this address ten times a second. */
async function startServer(binary: string, target: string) {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const config = {
    global: { scrape_interval: "100ms", scrape_timeout: "100ms" },
    scrape_configs: [
      { job_name: "dragoman", static_configs: [{ targets: [new URL(target).host] }] },
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const child = Bun.spawn(
    [
      binary,
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  const address = await until(lines(child.stderr), /msg="?Listening on"? address=(\S+)/i);
  const asked = (query: string) =>
    fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`);
  return {
    /** The value of a query's one result; undefined while there is none. */
    async value(query: string): Promise<number | undefined> {
      const { data } = (await (await asked(query)).json()) as QueryAnswer;
      const text = data?.result[0]?.value[1];
      return text === undefined ? undefined : Number(text);
    },
    /** Whether it takes the query. */
    async answers(query: string): Promise<boolean> {
      return (await asked(query)).ok;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** What the page tells its readers to ask. */
function pageQueries(): readonly string[] {
  const page = readFileSync(join(import.meta.dirname, "../../docs/how-to/measure.md"), "utf8");
  const queries = [...page.matchAll(/^\| [a-z][^|]* \| `(.+)` \|$/gm)].map(
    ([, query = ""]) => query,
  );
  expect(queries.length).toBeGreaterThan(5);
  return queries;
}

interface QueryAnswer {
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

describe("a real Prometheus", () => {
  test.skipIf(!SERVER)(
    "reads calls, tokens, cost and times, and answers the page's questions",
    async () => {
      await using gateway = await startProcess(short());
      await using prometheus = await startServer(SERVER ?? "", gateway.admin);
      await ask(gateway, QUESTION);
      // A counter's growth begins at what was read of it first.
      while ((await prometheus.value("sum(kong_ai_llm_requests_total)")) !== 1) await pause();
      const { usage } = JSON.parse(await ask(gateway, QUESTION));
      await ask(gateway, { ...QUESTION, stream: true });
      while ((await prometheus.value("sum(kong_ai_llm_requests_total)")) !== 3) await pause();
      const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
      const all = async (type: string) =>
        prometheus.value(`sum(kong_ai_llm_tokens_total{token_type="${type}"})`);
      expect(await all("total_tokens")).toBe(3 * total);
      expect(await prometheus.value("sum(kong_ai_llm_cost_total)")).toBeCloseTo(
        3 * (2 * prompt + completion),
      );
      expect(await prometheus.value('sum(kong_http_requests_total{code="200"})')).toBe(3);
      const rate =
        'sum by (ai_model) (rate(kong_ai_llm_tokens_total{token_type="total_tokens"}[1m]))';
      expect(await prometheus.value(rate)).toBeGreaterThan(0);
      for (const query of pageQueries()) expect(await prometheus.answers(query)).toBe(true);
      const slowest =
        "histogram_quantile(0.95, sum by (le) (rate(kong_ai_llm_provider_latency_ms_bucket[1m])))";
      expect(await prometheus.value(slowest)).toBeGreaterThan(0);
    },
    30_000,
  );

  test.skipIf(!LINTER)("its own linter finds nothing but the reference's names", async () => {
    await using gateway = await startProcess(short());
    await ask(gateway, QUESTION);
    const figures = await (await fetch(`${gateway.admin}/metrics`)).bytes();
    const linter = Bun.spawn([LINTER ?? "", "check", "metrics"], {
      stdin: figures,
      stdout: "pipe",
      stderr: "pipe",
    });
    const said = `${await linter.stdout.text()}${await linter.stderr.text()}`;
    const others = said
      .split("\n")
      .filter((line) => line !== "" && !/^kong_\w+_ms metric names should not contain/.test(line));
    expect(others).toEqual([]);
  });
});

function pause(): Promise<void> {
  return Bun.sleep(50);
}
