import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { type Detected, detectProviders } from "../config/short/detect.ts";
import { defineCommand, print, UsageError } from "./command.ts";
import { ollamaAnswers } from "./source.ts";
import { exampleModel } from "./welcome.ts";

/** Where `dragoman lab` listens unless told otherwise, with OpenAI's path. */
const LAB_URL = "http://127.0.0.1:8089/v1";

export const init = defineCommand({
  name: "init",
  about: "Writes a first configuration file, with the providers that the environment has keys for.",
  operands: "[FILE]",
  options: {
    force: { type: "boolean", about: "Write over a file that is there." },
  },
  async run({ force }, [file = "gateway.yaml", ...more]) {
    if (more.length > 0) throw new UsageError("name one file");
    const ollama = await ollamaAnswers(process.env);
    const name = file === "-" ? "FILE" : file;
    const text = firstFile(name, detectProviders(process.env, { ollama, labUrl: LAB_URL }));
    if (file === "-") {
      await print(text.trimEnd());
      return 0;
    }
    try {
      writeFileSync(file, text, { flag: force ? "w" : "wx" });
    } catch (error) {
      console.error(`dragoman: ${file} was not written: ${causeOf(error)}`);
      return 1;
    }
    await print(`${file}: written\n\nNext:\n  dragoman check ${file}\n  dragoman start ${file}`);
    return 0;
  },
});

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isThere = "code" in error && error.code === "EEXIST";
  return isThere ? "it is there already; name another file, or add --force" : error.message;
}

function firstFile(file: string, { providers, notYet }: Detected): string {
  const names = Object.keys(providers);
  const [first = "lab"] = names;
  const models = { fast: exampleModel(first), safe: names.map(exampleModel) };
  const blocks = [
    [
      `# \`dragoman check ${file}\` finds what is wrong here, \`dragoman start ${file}\` serves it.`,
      "# `dragoman schema` prints what else a file may hold, for editors.",
    ],
    [
      ...(first === "lab" ? WITHOUT_KEY : ["# $NAME is read from the environment at the start."]),
      ...notYet.map(({ reason }) => `# Left out: ${reason}.`),
      ...yamlLines({ providers }),
    ],
    [
      "# Names of your own for models, with one model or several behind each:",
      ...yamlLines({ models }).map((line) => `# ${line}`),
    ],
    [
      "# Who may call. `dragoman key new my-app` makes a key and the lines for it:",
      ...yamlLines({ keys: { "my-app": { hash: "sha256:..." } } }).map((line) => `# ${line}`),
    ],
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const WITHOUT_KEY = [
  "# No provider's key is in the environment, so this file calls the lab, a simulator and no model:",
  "# start it with `dragoman lab`. With a provider's key, it would be",
  "#   openai: { key: $OPENAI_API_KEY }",
];

function yamlLines(value: object): readonly string[] {
  return stringify(value).trimEnd().split("\n");
}
