import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "./children.ts";
import type { Request } from "./probe.ts";
import type { Answer } from "./scenarios.ts";

export const connections = 64;

export interface Load {
  readonly requests: number;
  readonly durationMicros: number;
  /** Of an answer, to its last byte. */
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** As many requests as 64 keep-alive connections can ask, one after another on each. Throws when some are not answered well. */
export async function saturate(request: Request, seconds: number, core: number): Promise<Load> {
  const bodyFile = join(scratch, "request-body.json");
  writeFileSync(bodyFile, request.body);
  const wrk = Bun.spawn(
    [
      "taskset",
      "-c",
      String(core),
      "wrk",
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "--timeout",
      "10s",
      "-s",
      join(import.meta.dir, "post.lua"),
      request.url,
    ],
    {
      env: {
        ...process.env,
        BENCH_BODY_FILE: bodyFile,
        BENCH_HEADERS: headerLines(request.headers),
      },
      stdout: "pipe",
      stderr: "pipe",
      timeout: (seconds + 15) * 1000,
    },
  );
  const [output, complaint] = await Promise.all([wrk.stdout.text(), wrk.stderr.text()]);
  const summary = /^SUMMARY (.+)$/m.exec(output)?.[1];
  if (summary === undefined)
    throw new Error(`wrk gave no summary: ${complaint.trim() || output.trim()}`);
  const { errorStatuses, brokenConnections, ...load } = JSON.parse(summary);
  const { requests, durationMicros, p50Micros, p99Micros }: Load = load;
  if (requests === 0 || errorStatuses + brokenConnections > 0) {
    throw new Error(
      `of ${requests} requests to ${request.url} ${errorStatuses} got an error status and ${brokenConnections} no answer`,
    );
  }
  return { requests, durationMicros, p50Micros, p99Micros };
}

export async function askOnce({ url, headers, body }: Request): Promise<Answer> {
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body,
    keepalive: false,
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await answer.text() };
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
