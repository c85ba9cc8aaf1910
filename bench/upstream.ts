import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, scratch, startChild, untilListening } from "./children.ts";
import { nginxCommand } from "./nginx.ts";
import { type Scenario, upstreamAnswers } from "./scenarios.ts";

/** A pretended model provider that costs next to nothing, on the load generator's core. */
export interface Upstream {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startUpstream(scenario: Scenario, core: number): Promise<Upstream> {
  const port = freePort();
  const name = `upstream-${scenario.name}`;
  const child = startChild({ name, core, ...command(scenario, name, port) });
  await untilListening(child, port, 10_000);
  return { port, stop: child.stop };
}

function command(
  { provider, question, delivery, eventCount }: Scenario,
  name: string,
  port: number,
) {
  const { whole, events } = upstreamAnswers[provider];
  const program = (file: string) => ({
    argv: [process.execPath, join(import.meta.dir, file)],
    env: { BENCH_PORT: String(port), BENCH_PROVIDER: provider },
  });
  switch (delivery) {
    case "whole":
      if (question !== "1k") return program("reading-upstream.ts");
      return { argv: nginxCommand(name, wholeAnswers(port, whole)) };
    case "bursts":
      return { argv: nginxCommand(name, burstAnswers(port, events(eventCount))) };
    case "events":
      return program("event-upstream.ts");
  }
}

function wholeAnswers(port: number, answer: string): string {
  return `  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    location / { return 200 '${answer}'; }
  }`;
}

/**
 * A static file refuses POST, so the refusal is turned into the file. Server-side includes, of
 * which the file has none, make the answer chunked as a provider's stream is.
 */
function burstAnswers(port: number, events: readonly string[]): string {
  const file = join(scratch, "stream.sse");
  writeFileSync(file, events.join(""));
  return `  open_file_cache max=10;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { error_page 405 =200 /stream.sse; return 405; }
    location = /stream.sse {
      alias ${file};
      types { }
      default_type text/event-stream;
      ssi on;
      ssi_types text/event-stream;
    }
  }`;
}
