import OpenAI from "openai";
import { startLab } from "../../../src/lab/lab.ts";
import { startGateway } from "../../gateway.ts";
import { type Line, TABLE_CASES, type TableCase } from "./cases.ts";
import { TABLE_PROVIDERS, type TableProvider } from "./providers.ts";

export interface Cell {
  readonly provider: string;
  readonly case: string;
  /**
   * `yes`: it works. `told`: the vendor's API cannot carry it and the answer's notices say so.
   * `none`: the vendor's API has no such thing. `no`: it is broken.
   */
  readonly verdict: "yes" | "told" | "none" | "no";
  /** What went wrong, or is not there. */
  readonly detail?: string;
}

/** Every case at every provider: the official OpenAI client, the gateway, and the lab behind it. */
export async function runTable(): Promise<readonly Cell[]> {
  const lab = await startLab();
  try {
    const columns = TABLE_PROVIDERS.map((provider) => runProvider(provider, lab.url));
    return (await Promise.all(columns)).flat();
  } finally {
    await lab.stop();
  }
}

async function runProvider(provider: TableProvider, labUrl: string): Promise<readonly Cell[]> {
  await using gateway = await startGateway(tableConfig(provider, labUrl));
  const cells: Cell[] = [];
  for (const one of TABLE_CASES) cells.push(await runCell(provider, one, `${gateway.url}/v1`));
  return cells;
}

async function runCell(provider: TableProvider, one: TableCase, baseUrl: string): Promise<Cell> {
  const cell = { provider: provider.label, case: one.name };
  const reason = provider.cannot?.[one.name];
  if (reason !== undefined) return { ...cell, verdict: "none", detail: reason };
  let notices = "";
  const line = lineTo(baseUrl, provider, (told) => {
    notices += told;
  });
  try {
    await one.run(line);
    return { ...cell, verdict: "yes" };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (notices !== "") return { ...cell, verdict: "told", detail: notices };
    return { ...cell, verdict: "no", detail: problem };
  }
}

/** A gateway's configuration for one provider; the header `x-lab-traits` of a call says how the lab behaves. */
export function tableConfig({ model, target, traits, plugin }: TableProvider, labUrl: string) {
  const path = ["$(headers.x-lab-traits)", ...(traits ? [traits] : [])].join("+");
  return {
    _format_version: "3.0",
    routes: [{ name: "chat", paths: ["/v1/chat/completions"] }],
    plugins: [
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          auth: { header_name: "authorization", header_value: "Bearer lab" },
          model: { name: model, ...target(`${labUrl}/lab/${path}`) },
          logging: { log_statistics: true },
          ...plugin,
        },
      },
    ],
  };
}

function lineTo(baseURL: string, provider: TableProvider, tell: (notices: string) => void): Line {
  const { model } = provider;
  const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0 });
  const headers = (traits: string) => ({ headers: { "x-lab-traits": traits } });
  const noteLosses = (response: Response) => tell(response.headers.get("x-dragoman-notices") ?? "");
  return {
    estimatesStreamUsage: provider.estimatesStreamUsage ?? false,
    async ask(body, traits = "plain") {
      const asked = client.chat.completions.create({ ...body, model }, headers(traits));
      const { data, response } = await asked.withResponse();
      noteLosses(response);
      return data;
    },
    async stream(body, traits = "plain") {
      const streamed = { ...body, model, stream: true as const };
      const asked = client.chat.completions.create(streamed, headers(traits));
      const { data, response } = await asked.withResponse();
      noteLosses(response);
      return Array.fromAsync(data);
    },
  };
}

if (import.meta.main) {
  const cells = await runTable();
  for (const { provider, case: name, verdict, detail } of cells) {
    if (verdict !== "yes")
      console.log(`${verdict.padEnd(4)} ${provider} / ${name}: ${detail?.slice(0, 200)}`);
  }
  console.log(`${cells.filter(({ verdict }) => verdict !== "no").length} of ${cells.length}`);
}
