/**
 * `npm run soak -- [--calls N | --long]`: calls with ids, 5 % of which meet a vendor that does not
 * answer; then the clients' receipts are held against the gateway's own ledger. JSON on stdout,
 * progress on stderr; the exit code says whether all is sound. 20,000 calls unless said, 200,000
 * with `--long`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cleanUpAtExit, freePort, scratch, startChild, untilListening } from "./children.ts";
import { processTree, usageOf } from "./cpu.ts";
import { isSound, type Receipt, reconcile } from "./soak-ledger.ts";
import { BREAKS, FAULTS, pathOf, soakConfig } from "./soak-routes.ts";

const AT_ONCE = 64;
const DRAGOMAN = join(import.meta.dir, "..", "bin", "dragoman.mjs");

cleanUpAtExit();
process.exitCode = (await soak(callCount())) ? 0 : 1;

async function soak(calls: number): Promise<boolean> {
  const lab = await startServer("lab", ["lab"]);
  const logPath = join(scratch, "ledger.log");
  const file = join(scratch, "soak.json");
  writeFileSync(file, JSON.stringify(soakConfig(lab.url, logPath)));
  const admin = ["--admin", `127.0.0.1:${freePort()}`];
  const gateway = await startServer("gateway", ["start", "-c", file, ...admin]);
  const before = usageOf(processTree(gateway.child.pid)).residentKib;
  const startedAtMs = performance.now();
  const receipts = await callAll(gateway.url, calls);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const after = usageOf(processTree(gateway.child.pid)).residentKib;
  // The ledger is whole when its writer has ended.
  await gateway.child.stop();
  await lab.child.stop();
  const verdict = reconcile(receipts, logPath);
  const sound = isSound(verdict);
  const residentKib = { before, after };
  process.stdout.write(
    `${JSON.stringify({ sound, ...verdict, seconds: Math.round(seconds), residentKib }, null, 2)}\n`,
  );
  return sound;
}

async function startServer(name: string, argv: readonly string[]) {
  const port = freePort();
  const address = `127.0.0.1:${port}`;
  const command = ["node", DRAGOMAN, ...argv, "--listen", address];
  const child = startChild({ name, core: 1, argv: command });
  await untilListening(child, port, 20_000);
  return { child, url: `http://${address}` };
}

async function callAll(url: string, calls: number): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  let next = 0;
  const work = async () => {
    while (next < calls) {
      const number = next;
      next += 1;
      receipts.push(await call(url, number));
      if (receipts.length % 5_000 === 0) process.stderr.write(`${receipts.length} of ${calls}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return receipts;
}

/** Every second call is a stream; the faults take turns. */
async function call(url: string, number: number): Promise<Receipt> {
  const breaks = number % 40 === 39;
  const stream = breaks || number % 2 === 0;
  const list: readonly string[] = breaks ? BREAKS : FAULTS;
  const fault = list[Math.floor(number / 2) % list.length] ?? "";
  const id = `call ${number} is ${crypto.randomUUID()} and says ${number} four more words`;
  try {
    const response = await fetch(`${url}${pathOf(fault)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ stream, messages: [{ role: "user", content: id }] }),
      signal: AbortSignal.timeout(30_000),
    });
    const requestId = response.headers.get("x-kong-request-id") ?? undefined;
    const body = await response.text();
    const outcome = response.status === 200 ? judge(body, id, stream) : "lost";
    if (outcome === "answered" || (outcome === "broken-once" && breaks)) {
      return { requestId, outcome };
    }
    const detail = `${fault}${stream ? ", streamed" : ""}: ${response.status} ${body.slice(0, 300)}`;
    return { requestId, outcome: outcome === "broken-once" ? "lost" : outcome, detail };
  } catch (error) {
    return { requestId: undefined, outcome: "lost", detail: `${fault}: ${String(error)}` };
  }
}

interface Part {
  readonly error?: unknown;
  readonly choices?: readonly {
    readonly message?: { readonly content: string };
    readonly delta?: { readonly content?: string | null };
  }[];
}

/** The whole of the call's own id, once, or the beginning of it and one error. */
function judge(body: string, id: string, stream: boolean): Receipt["outcome"] {
  const parts = (stream ? eventsOf(body) : [body]).map((text) => JSON.parse(text) as Part);
  const text = parts
    .map(({ choices }) => choices?.[0]?.message?.content ?? choices?.[0]?.delta?.content ?? "")
    .join("");
  const errors = parts.filter(({ error }) => error !== undefined).length;
  if (errors === 0) return text === id ? "answered" : "wrong";
  return errors === 1 && text !== "" && id.startsWith(text) ? "broken-once" : "wrong";
}

function eventsOf(body: string): readonly string[] {
  return body
    .split("\n\n")
    .filter((event) => event.startsWith("data: ") && event !== "data: [DONE]")
    .map((event) => event.slice("data: ".length));
}

function callCount(): number {
  const { values } = parseArgs({
    options: { calls: { type: "string" }, long: { type: "boolean", default: false } },
  });
  const calls = Number(values.calls ?? (values.long ? 200_000 : 20_000));
  if (!Number.isSafeInteger(calls) || calls < 1) throw new Error(`--calls ${values.calls}`);
  return calls;
}
