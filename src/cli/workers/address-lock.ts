import type { Listen } from "../../config/environment/parse-setting.ts";
import { addressOf } from "../listeners.ts";
import { ListenError, listening } from "../listening.ts";

/** Addresses that nobody else has, until they are let go. */
export interface AddressLocks {
  /** The addresses, with the ports that the system chose where none was named. */
  readonly listens: readonly Listen[];
  release(): void;
}

/**
 * Takes each address for the workers of this process alone. A port that several may share would be shared with a
 * second gateway too, and calls would go to either: so each is bound once as nobody may share it, and a name that
 * stands for it is kept as long as this process lives, workers or none. The system frees the name with its holder,
 * however that ends (https://man7.org/linux/man-pages/man7/unix.7.html, abstract sockets).
 *
 * Throws `ListenError` where somebody has the address.
 */
export async function lockAddresses(wanted: readonly Listen[]): Promise<AddressLocks> {
  const held: { stop(): void }[] = [];
  const listens: Listen[] = [];
  const release = () => {
    for (const lock of held.splice(0)) lock.stop();
  };
  try {
    for (const listen of wanted) {
      const port = await freePort(listen);
      held.push(lock({ ...listen, port }));
      listens.push({ ...listen, port });
    }
    return { listens, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The port, if nobody listens there. */
async function freePort(listen: Listen): Promise<number> {
  const at = addressOf(listen);
  const probe = await listening({ ...at, option: "--listen" }, () =>
    Bun.serve({
      ...at,
      reusePort: false,
      development: false,
      fetch: () => new Response(null, { status: 503 }),
    }),
  );
  const port = probe.port ?? at.port;
  await probe.stop(true);
  return port;
}

function lock({ host, port }: Listen) {
  const address = `${host}:${port}`;
  try {
    return Bun.listen({
      unix: `\0dragoman ${address}`,
      socket: { open: (socket) => void socket.end(), data: () => undefined },
    });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    throw new ListenError(
      `${address} is kept by another gateway, whose workers are not up: stop that gateway, or choose another address with --listen HOST:PORT`,
      { cause },
    );
  }
}
