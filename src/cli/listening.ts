import { lookup } from "node:dns/promises";
import { portHolder } from "./port-holder.ts";

/** An address that cannot be listened on; the message says why and what to do. */
export class ListenError extends Error {}

interface Wanted {
  readonly hostname: string;
  readonly port: number;
  /** The option that names another address. */
  readonly option: "--listen" | "--admin";
}

const NOT_HERE = [
  "is no address of this machine",
  "use 127.0.0.1, or 0.0.0.0 for every address",
] as const;

/** What the system says of an address, and what helps. */
const CAUSES: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EADDRNOTAVAIL: NOT_HERE,
  ENOTFOUND: NOT_HERE,
  EAI_AGAIN: NOT_HERE,
  EACCES: ["may not be listened on by this user", "use a port from 1024 on"],
};

/** Starts a listener. Throws `ListenError` where the address is at fault. */
export async function listening<Server>(
  wanted: Wanted,
  start: () => Server | Promise<Server>,
): Promise<Server> {
  try {
    // Of a name that nobody knows the runtime says whatever went wrong before, or nothing.
    await lookup(wanted.hostname);
    return await start();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const known = code === "EADDRINUSE" ? await inUse(wanted.port) : CAUSES[code];
    if (!known) throw cause;
    const [problem, remedy] = known;
    const host = wanted.hostname.includes(":") ? `[${wanted.hostname}]` : wanted.hostname;
    const address = `${host}:${wanted.port}`;
    throw new ListenError(
      `${address} ${problem}: ${remedy}, or choose another address with ${wanted.option} HOST:PORT`,
      { cause },
    );
  }
}

/** Names who holds the port; where that cannot be known, how to find out. */
async function inUse(port: number): Promise<readonly [problem: string, remedy: string]> {
  const holder = await portHolder(port);
  if (holder) return [`is in use by process ${holder.pid} (${holder.name})`, "stop that process"];
  const question = process.platform === "win32" ? "netstat -ano" : `lsof -i tcp:${port}`;
  return ["is in use by another process", `stop that process (\`${question}\` names it)`];
}
