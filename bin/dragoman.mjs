#!/usr/bin/env node
// The `dragoman` command: plain Node, no dependency; it starts src/main.ts on Bun.
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { runBun } from "./bun.mjs";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "src", "main.ts");
runBun([main, ...argv.slice(2)], "run");
