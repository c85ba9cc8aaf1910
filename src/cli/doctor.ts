import { readFileSync } from "node:fs";
import type { LoadResult } from "../config/config.ts";
import { readEnvironment } from "../config/environment/environment.ts";
import { defineCommand, print, refuseArguments } from "./command.ts";
import { ADMIN, adminListens, PROXY, proxyListens } from "./listeners.ts";
import { addressFindings, type Finding, machineFindings } from "./machine-findings.ts";
import { providerFindings } from "./provider-findings.ts";
import { chooseSource, loadOrigin, problemLine, type Source } from "./source.ts";

export const doctor = defineCommand({
  name: "doctor",
  about:
    "Looks for what would keep the gateway from serving: the machine, addresses, the file, and each provider's key and clock.",
  operands: "[FILE]",
  options: {
    listen: {
      type: "string",
      value: "HOST:PORT",
      about: `Where calls would be taken; ${PROXY} unless set.`,
    },
    admin: {
      type: "string",
      value: "HOST:PORT",
      about: `Where health and metrics would be told; ${ADMIN} unless set.`,
    },
    offline: { type: "boolean", about: "Ask no provider." },
    json: { type: "boolean", about: "List the findings as JSON." },
  },
  async run({ listen, admin, offline, json }, [file, ...more]) {
    refuseArguments(more);
    const findings: Finding[] = [];
    const tell = async (found: readonly Finding[]) => {
      findings.push(...found);
      if (!json) for (const finding of found) await print(line(finding));
    };
    const { settings, problems } = readEnvironment({ env: process.env, readFile });
    await tell(machineFindings());
    await tell(
      problems.map((problem) => ({
        about: "environment",
        verdict: problem.severity,
        message: problemLine(problem),
      })),
    );
    await tell(await addressFindings(proxyListens(listen, settings), "--listen"));
    await tell(await addressFindings(adminListens(admin, settings), "--admin"));
    const source = await chooseSource(file, settings);
    try {
      const loaded = loadOrigin(source.origin);
      await tell([fileFinding(source, loaded)]);
      if ("config" in loaded && !offline) await tell(await providerFindings(loaded.config));
    } finally {
      await source.close();
    }
    if (json) await print(JSON.stringify(findings, null, 2));
    return findings.some(({ verdict }) => verdict === "error") ? 1 : 0;
  },
});

function line({ about, verdict, message }: Finding): string {
  return `${verdict.padEnd(8)} ${about.padEnd(12)} ${message}`;
}

function fileFinding({ name }: Source, loaded: LoadResult): Finding {
  const about = "file";
  if ("config" in loaded) {
    const count = loaded.config.warnings.length;
    if (count === 0) return { about, verdict: "ok", message: `${name} is valid` };
    const message = `${name} is valid, with ${count} to look at: see \`dragoman check\``;
    return { about, verdict: "warning", message };
  }
  const [first, ...others] = loaded.problems;
  const more = others.length > 0 ? `, and ${others.length} more: see \`dragoman check\`` : "";
  const message = `${name} is not valid: ${first ? problemLine(first) : ""}${more}`;
  return { about, verdict: "error", message };
}

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}
