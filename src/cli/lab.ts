import { startLab } from "../lab/lab.ts";
import { LAB_MODELS } from "../lab/models.ts";
import { defineCommand, print, readAddress, UsageError } from "./command.ts";
import { listening } from "./listening.ts";
import { whenLauncherGone } from "./signals.ts";

export const lab = defineCommand({
  name: "lab",
  about: "Starts a simulator of model providers: every dialect, every fault, no model.",
  options: {
    listen: {
      type: "string",
      value: "HOST:PORT",
      default: "127.0.0.1:8089",
      about: "Where to listen.",
    },
    seed: {
      type: "string",
      value: "N",
      default: "1",
      about: "A whole number; the same one gives the same answers.",
    },
    models: { type: "boolean", about: "List the models it plays, and start nothing." },
    json: { type: "boolean", about: "With --models: as JSON." },
  },
  async run(values) {
    if (values.models) {
      await print(values.json ? JSON.stringify(LAB_MODELS, null, 2) : modelTable());
      return 0;
    }
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
      whenLauncherGone(resolve);
    });
    await running.stop();
    return 0;
  },
});

function modelTable(): string {
  const width = Math.max(...Object.keys(LAB_MODELS).map((name) => name.length));
  return Object.entries(LAB_MODELS)
    .map(([name, about]) => `${name.padEnd(width)}  ${about}`)
    .join("\n");
}
