import { readdir, readFile, readlink } from "node:fs/promises";

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
