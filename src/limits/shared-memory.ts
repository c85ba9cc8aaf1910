import { closeSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Words of 64 bits that several processes of a machine have in common, as `shared-table.ts` lays them out. All of
 * them are 0 at first.
 */
export type SharedWords = BigInt64Array;

/** Slots of counters; they are looked for within one bucket. */
export const BUCKET_SLOTS = 16;
export const BUCKETS = 16_384;
/** What it is, when nothing of it counts any more, and the count. */
export const SLOT_WORDS = 3;
/** Charges that are held by leases. */
export const LEASES = 65_536;
/** Lease, end, counter, amount. */
export const LEASE_WORDS = 4;
/** When the next lease ends; a number that nobody outside knows. */
export const HEADER_WORDS = 2;
export const LEASES_AT = HEADER_WORDS + BUCKETS * BUCKET_SLOTS * SLOT_WORDS;
export const WORDS = LEASES_AT + LEASES * LEASE_WORDS;

/** Memory that is handed on to other processes as an open file. */
export interface SharedMemory {
  readonly words: SharedWords;
  /** Of the open file. Nothing of it is left once nobody has it open or mapped. */
  readonly descriptor: number;
  close(): void;
}

/** Linux keeps files of this folder in memory. */
const IN_MEMORY = "/dev/shm";

/** Throws the system's error where there is no room for the file. */
export function createSharedMemory(): SharedMemory {
  const { path, descriptor } = openNew(`dragoman-${crypto.randomUUID()}`);
  try {
    // All of it at once: room that is missing only when it is needed would end whoever needs it.
    writeFileSync(descriptor, new Uint8Array(WORDS * BigInt64Array.BYTES_PER_ELEMENT));
    const words = mapped(path);
    Atomics.store(words, 1, crypto.getRandomValues(new BigInt64Array(1))[0] ?? 0n);
    return { words, descriptor, close: () => closeSync(descriptor) };
  } finally {
    unlinkSync(path);
  }
}

function openNew(name: string): { readonly path: string; readonly descriptor: number } {
  const path = join(IN_MEMORY, name);
  try {
    return { path, descriptor: openSync(path, "wx+", 0o600) };
  } catch {
    const elsewhere = join(tmpdir(), name);
    return { path: elsewhere, descriptor: openSync(elsewhere, "wx+", 0o600) };
  }
}

/** The memory that this process was given as an open file. */
export function givenSharedMemory(descriptor: number): SharedWords {
  return mapped(`/proc/self/fd/${descriptor}`);
}

function mapped(path: string): SharedWords {
  const bytes = Bun.mmap(path, { shared: true });
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, WORDS);
}
