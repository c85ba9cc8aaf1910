import { chat } from "./cli/chat.ts";
import { check } from "./cli/check.ts";
import type { Command } from "./cli/command.ts";
import { UsageError } from "./cli/command.ts";
import { explain } from "./cli/explain.ts";
import { key } from "./cli/key.ts";
import { lab } from "./cli/lab.ts";
import { ListenError } from "./cli/listening.ts";
import { schema } from "./cli/schema.ts";
import { start } from "./cli/start.ts";
import { VERSION } from "./version.ts";

const COMMANDS: readonly Command[] = [start, check, explain, schema, key, lab, chat];

process.exitCode = await run(process.argv.slice(2));

/** Exit codes: 0 done, 1 the thing asked about is wrong, 2 the command line is. */
async function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(help());
    return 0;
  }
  if (name === "--version" || name === "version") {
    console.log(VERSION);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) {
    console.error(`dragoman: no command '${name}'.\n\n${help()}`);
    return 2;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(`${command.about}\n\nUsage: dragoman ${command.usage}`);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (error instanceof ListenError) {
      console.error(`dragoman: ${error.message}`);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    console.error(`dragoman: ${error.message}\n\nUsage: dragoman ${command.usage}`);
    return 2;
  }
}

function help(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return `dragoman ${VERSION}: an AI gateway\n\nUsage: dragoman <command> [options]\n\n${lines.join("\n")}\n\nRun 'dragoman <command> --help' for a command's options.`;
}
