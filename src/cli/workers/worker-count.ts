import { availableParallelism } from "node:os";
import type { Workers } from "../../config/config.ts";
import { UsageError } from "../command.ts";

/**
 * How many processes serve calls. Throws `UsageError` for several where the system does not spread the
 * connections of one port over them (https://man7.org/linux/man-pages/man7/socket.7.html, SO_REUSEPORT).
 */
export function workerCount(asked: Workers, { platform, cores }: Machine = THIS): number {
  if (platform !== "linux") {
    if (asked === "auto" || asked === 1) return 1;
    throw new UsageError(
      `several workers share a port on Linux only, and this is ${platform}: leave workers out, or start a gateway on each of several ports behind a balancer`,
    );
  }
  return asked === "auto" ? cores() : asked;
}

interface Machine {
  readonly platform: string;
  cores(): number;
}

const THIS: Machine = { platform: process.platform, cores: usableCores };

/** The launcher knows of a share of their time too (`bin/cores.mjs`). */
function usableCores(): number {
  const told = Number(process.env["DRAGOMAN_CORES"]);
  return Number.isInteger(told) && told > 0 ? told : availableParallelism();
}
