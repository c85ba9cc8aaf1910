import { openSync, writeSync } from "node:fs";

/**
 * Keeps idle cores from sleeping until this process ends
 * (https://docs.kernel.org/power/pm_qos_interface.html); false where the system does not let us. A
 * write to a program whose core sleeps has to wake that core, which in a virtual machine costs the
 * writer more than the write: a proxy would be charged for leaving the load generator idle.
 */
export function keepCoresAwake(): boolean {
  try {
    // Zero microseconds, four bytes wide; held open on purpose, for the wish ends with the descriptor.
    const descriptor = openSync("/dev/cpu_dma_latency", "w");
    writeSync(descriptor, new Uint8Array(4));
    return true;
  } catch {
    return false;
  }
}
