import { startLab } from "../../../src/lab/lab.ts";
import type { Cell } from "./run-table.ts";
import type { Sdk } from "./sdk.ts";
import { SDK_CASES, type SdkCase } from "./sdk-cases.ts";
import { anthropic } from "./sdks/anthropic.ts";
import { bedrock } from "./sdks/bedrock.ts";
import { cohere } from "./sdks/cohere.ts";
import { gemini } from "./sdks/gemini.ts";
import { mistral } from "./sdks/mistral.ts";
import { ollama } from "./sdks/ollama.ts";
import { openai } from "./sdks/openai.ts";

const SDKS: readonly Sdk[] = [openai, anthropic, gemini, bedrock, cohere, mistral, ollama];

/** Every case with every vendor's own SDK, straight at the lab: it proves that the lab speaks the dialect. */
export async function runSdkTable(): Promise<readonly Cell[]> {
  const lab = await startLab();
  try {
    const columns = SDKS.map(async (sdk) => {
      const cells: Cell[] = [];
      for (const one of SDK_CASES) cells.push(await runCell(sdk, one, lab.url));
      return cells;
    });
    return (await Promise.all(columns)).flat();
  } finally {
    await lab.stop();
  }
}

async function runCell(sdk: Sdk, one: SdkCase, url: string): Promise<Cell> {
  const cell = { provider: sdk.name, case: one.name };
  const reason = sdk.cannot?.[one.name];
  if (reason !== undefined) return { ...cell, verdict: "none", detail: reason };
  const at = (traits: string) => `${url}/lab/${traits}`;
  try {
    await one.run({
      sdk,
      ask: (question, traits = "plain") => sdk.ask(at(traits), question),
      stream: (question, traits = "plain") => sdk.stream(at(traits), question),
    });
    return { ...cell, verdict: "yes" };
  } catch (error) {
    return {
      ...cell,
      verdict: "no",
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}
