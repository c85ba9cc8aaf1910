import { isRecord, type Path, type RawRecord } from "../file/raw-value.ts";
import { CREDENTIAL_TYPES, type CredentialType } from "../schemas/consumer.ts";

/** An entity as it stands in the file, at the top level or inside the entity that owns it. */
export interface Entry {
  readonly raw: unknown;
  readonly path: Path;
  readonly owner?: { readonly kind: OwnerKind; readonly entry: Entry };
}

export type OwnerKind = "service" | "route" | "consumer" | "consumer_group";

export type ListName =
  | "services"
  | "routes"
  | "plugins"
  | "consumers"
  | "consumer_groups"
  | "consumer_group_consumers"
  | CredentialType
  | "vaults"
  | "partials"
  | "upstreams"
  | "certificates"
  | "snis";

/** Every list of the file, nested entities included: after this the two forms are one. */
export interface Entries {
  readonly of: (list: ListName) => readonly Entry[];
  /** Groups that consumers say they are in, and consumers that groups say they have. */
  readonly groupsOfConsumers: readonly Entry[];
  readonly consumersOfGroups: readonly Entry[];
}

const OWNED: Readonly<Partial<Record<ListName, { kind: OwnerKind; lists: readonly ListName[] }>>> =
  {
    services: { kind: "service", lists: ["routes", "plugins"] },
    routes: { kind: "route", lists: ["plugins"] },
    consumers: { kind: "consumer", lists: ["plugins", ...CREDENTIAL_TYPES] },
    consumer_groups: { kind: "consumer_group", lists: ["plugins"] },
  };

export function flatten(root: RawRecord): Entries {
  const lists = new Map<string, Entry[]>();
  const groupsOfConsumers: Entry[] = [];
  const consumersOfGroups: Entry[] = [];
  const add = (list: ListName, entry: Entry) => {
    const entries = lists.get(list) ?? [];
    lists.set(list, entries);
    entries.push(entry);
    const owned = OWNED[list];
    if (owned === undefined) return;
    const owner = { kind: owned.kind, entry };
    for (const inner of owned.lists) {
      for (const item of items(entry, inner)) add(inner, { ...item, owner });
    }
    if (list === "consumers") {
      groupsOfConsumers.push(...items(entry, "groups").map((item) => ({ ...item, owner })));
    }
    if (list === "consumer_groups") {
      consumersOfGroups.push(...items(entry, "consumers").map((item) => ({ ...item, owner })));
    }
  };
  for (const list of TOP_LEVEL) {
    for (const entry of items({ raw: root, path: [] }, list)) add(list, entry);
  }
  return { of: (list) => lists.get(list) ?? [], groupsOfConsumers, consumersOfGroups };
}

const TOP_LEVEL: readonly ListName[] = [
  "services",
  "routes",
  "consumer_groups",
  "consumers",
  "plugins",
  "consumer_group_consumers",
  ...CREDENTIAL_TYPES,
  "vaults",
  "partials",
  "upstreams",
  "certificates",
  "snis",
];

function items(within: Entry, list: string): Entry[] {
  const value = isRecord(within.raw) ? within.raw[list] : undefined;
  if (!Array.isArray(value)) return [];
  const raws: readonly unknown[] = value;
  return raws.map((raw, index) => ({ raw, path: [...within.path, list, index] }));
}
