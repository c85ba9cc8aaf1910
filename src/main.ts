import { chat } from "./cli/chat.ts";
import { check } from "./cli/check.ts";
import { type Command, OutputError, optionName, print, UsageError } from "./cli/command.ts";
import { doctor } from "./cli/doctor.ts";
import { explain } from "./cli/explain.ts";
import { init } from "./cli/init.ts";
import { key } from "./cli/key.ts";
import { lab } from "./cli/lab.ts";
import { ListenError } from "./cli/listening.ts";
import { schema } from "./cli/schema.ts";
import { start } from "./cli/start.ts";
import { didYouMean } from "./config/file/report.ts";
import { VERSION } from "./version.ts";

const HELP_FLAGS: readonly string[] = ["--help", "-h"];
const COMMANDS: readonly Command[] = [start, init, doctor, check, explain, schema, key, lab, chat];

process.exitCode = await run(process.argv.slice(2));

/** Exit codes: 0 done, 1 the thing asked about is wrong or cannot be done, 2 the command line is wrong. */
async function run(argv: readonly string[]): Promise<number> {
  try {
    return await runCommand(argv);
  } catch (error) {
    if (!(error instanceof ListenError || error instanceof OutputError)) throw error;
    console.error(`dragoman: ${error.message}`);
    return 1;
  }
}

async function runCommand([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "help" && rest[0] !== undefined) return runCommand([rest[0], "--help"]);
  if (name === undefined || name === "help" || HELP_FLAGS.includes(name)) {
    await print(help());
    return 0;
  }
  if (["--version", "-v", "-V", "version"].includes(name)) {
    await print(VERSION);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) {
    const hint = didYouMean(
      name,
      COMMANDS.map((one) => one.name),
    );
    console.error(`dragoman: no command '${name}'${hint ? `; ${hint}` : ""}\n\n${help()}`);
    return 2;
  }
  if (HELP_FLAGS.some((flag) => rest.includes(flag))) {
    await print(commandHelp(command));
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`dragoman: ${error.message}\n\nUsage: dragoman ${command.usage}`);
    return 2;
  }
}

function help(): string {
  const list = table(COMMANDS.map(({ name, about }) => [name, about]));
  return `dragoman ${VERSION}: an AI gateway\n\nUsage: dragoman <command> [options]\n\n${list}\n\nRun 'dragoman <command> --help' for a command's options.`;
}

function commandHelp({ about, usage, options }: Command): string {
  const rows = Object.entries(options).map((entry): [string, string] => {
    const [, { about: meaning, default: unlessSet }] = entry;
    return [optionName(entry), unlessSet ? `${meaning} Default: ${unlessSet}` : meaning];
  });
  const list = rows.length > 0 ? `\n\n${table(rows)}` : "";
  return `${about}\n\nUsage: dragoman ${usage}${list}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`).join("\n");
}
