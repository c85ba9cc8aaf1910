import { INDIFFERENT, type Picker } from "./picker.ts";
import { takingTurns } from "./round-robin.ts";

export interface RingTarget {
  /** Names the target across reloads, whatever its place in the list. */
  readonly label: string;
  readonly weight: number;
}

/**
 * Equal keys go to equal targets. A key falls on one of `slots`, and each slot belongs to the target
 * that draws the highest score for it (weighted rendezvous hashing: a slot's owner does not depend
 * on the targets that lost, so one that leaves gives up its own slots and moves no others). When the
 * owner cannot be used the next slots round the ring are asked, so its share spreads over the rest. A call without a key takes turns.
 */
export function consistentHashing(targets: readonly RingTarget[], slots: number): Picker {
  const owners = ownersOf(targets, slots);
  const turns = takingTurns(targets.map(({ weight }) => weight));
  return {
    ...INDIFFERENT,
    pick(among, { hashKey }) {
      if (hashKey === undefined) return turns(among);
      const first = hashText(hashKey) % slots;
      for (let step = 0; step < slots; step++) {
        const owner = owners[(first + step) % slots] ?? 0;
        if (among.includes(owner)) return owner;
      }
      // A target of small weight may own no slot at all.
      return turns(among);
    },
  };
}

function ownersOf(targets: readonly RingTarget[], slots: number): Uint16Array {
  const seeds = targets.map(({ label }) => hashText(label));
  const owners = new Uint16Array(slots);
  for (let slot = 0; slot < slots; slot++) {
    let best = Number.NEGATIVE_INFINITY;
    for (const [index, { weight }] of targets.entries()) {
      const draw = (mix((seeds[index] ?? 0) ^ mix(slot + 1)) + 0.5) / 2 ** 32;
      const score = -weight / Math.log(draw);
      if (score <= best) continue;
      best = score;
      owners[slot] = index;
    }
  }
  return owners;
}

/** 32 well-mixed bits of a text: FNV-1a over its UTF-16 units, then the finalizer of MurmurHash3. */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(hash);
}

/** The finalizer of MurmurHash3: every bit of the input changes about half of the result's. */
export function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
