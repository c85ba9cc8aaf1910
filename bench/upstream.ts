import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, scratch, startChild, untilListening } from "./children.ts";
import { nginxCommand } from "./nginx.ts";
import { completion, type Scenario, streamEvents } from "./scenarios.ts";

/** A pretended model provider that costs next to nothing, on the load generator's core. */
export interface Upstream {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startUpstream(scenario: Scenario["name"], core: number): Promise<Upstream> {
  const port = freePort();
  const name = `upstream-${scenario}`;
  const child = startChild({ name, core, ...commands[scenario](port) });
  await untilListening(child, port, 10_000);
  return { port, stop: child.stop };
}

const commands = {
  chat: (port) => ({ argv: nginxCommand("upstream-chat", wholeAnswers(port)) }),
  "stream-bursts": (port) => ({ argv: nginxCommand("upstream-bursts", burstAnswers(port)) }),
  "stream-events": (port) => ({
    argv: [process.execPath, join(import.meta.dir, "event-upstream.ts")],
    env: { BENCH_PORT: String(port) },
  }),
} satisfies Record<
  Scenario["name"],
  (port: number) => { argv: readonly string[]; env?: Record<string, string> }
>;

function wholeAnswers(port: number): string {
  return `  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    location / { return 200 '${completion}'; }
  }`;
}

/**
 * A static file refuses POST, so the refusal is turned into the file. Server-side includes, of
 * which the file has none, make the answer chunked as a provider's stream is.
 */
function burstAnswers(port: number): string {
  const file = join(scratch, "stream.sse");
  writeFileSync(file, streamEvents.join(""));
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
