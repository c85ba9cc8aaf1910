import { lookup } from "node:dns/promises";
import { readdir, readFile, readlink } from "node:fs/promises";

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

export interface PortHolder {
  readonly pid: number;
  /** Its name in the process table, which holds no arguments. */
  readonly name: string;
}

/** A socket that listens: https://docs.kernel.org/networking/proc_net_tcp.html */
const LISTENS = "0A";

/**
 * Which process listens on a TCP port of this machine, as far as this user may know: of another
 * user's process, of one in another container, and where there is no `/proc`, nothing is known.
 */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(textOf));
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    if (await holds(pid, sockets)) {
      return { pid: Number(pid), name: (await textOf(`/proc/${pid}/comm`)).trim() };
    }
  }
  return undefined;
}

/** The links under which a process has the sockets that listen on a port. */
function listeningSockets(table: string, port: number): string[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const isWanted = state === LISTENS && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
    return isWanted ? [`socket:[${inode}]`] : [];
  });
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  // A process may end, or be another user's.
  const descriptors = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => "")),
  );
  return links.some((link) => sockets.has(link));
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
