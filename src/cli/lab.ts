import { startLab } from "../lab/lab.ts";
import { LAB_MODELS } from "../lab/models.ts";
import {
  type Command,
  readAddress,
  readArguments,
  refuseArguments,
  UsageError,
} from "./command.ts";
import { listening } from "./listening.ts";

export const lab: Command = {
  name: "lab",
  about: "Starts a simulator of model providers: every dialect, every fault, no model.",
  usage: "lab [--listen HOST:PORT] [--seed N] [--models] [--json]",
  async run(argv) {
    const { values, positionals } = readArguments(argv, {
      listen: { type: "string", default: "127.0.0.1:8089" },
      seed: { type: "string", default: "1" },
      models: { type: "boolean" },
      json: { type: "boolean" },
    });
    refuseArguments(positionals);
    if (values.models) return listModels(values.json === true);
    const seed = Number(values.seed);
    if (!Number.isSafeInteger(seed))
      throw new UsageError(`'${values.seed}' is no seed: write a whole number`);
    const at = readAddress(values.listen);
    const running = await listening({ ...at, option: "--listen" }, () => startLab({ ...at, seed }));
    console.log(
      `lab listening on ${running.url} (seed ${seed}); 'dragoman lab --models' lists what it plays`,
    );
    await new Promise<void>((resolve) => {
      process.once("SIGINT", resolve);
      process.once("SIGTERM", resolve);
    });
    await running.stop();
    return 0;
  },
};

function listModels(asJson: boolean): number {
  if (asJson) {
    console.log(JSON.stringify(LAB_MODELS, null, 2));
    return 0;
  }
  const width = Math.max(...Object.keys(LAB_MODELS).map((name) => name.length));
  for (const [name, about] of Object.entries(LAB_MODELS)) {
    console.log(`${name.padEnd(width)}  ${about}`);
  }
  return 0;
}
