import type { z } from "zod";
import { keyDigest } from "../../plugins/key-auth/key-index.ts";
import type { Consumer } from "../../routing/entities.ts";
import type { ConsumerGroup, Credential } from "../config.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import {
  CREDENTIAL_SCHEMAS,
  CREDENTIAL_TYPES,
  type CredentialType,
  consumerGroupSchema,
  consumerMembershipSchema,
  consumerSchema,
  groupMembershipSchema,
  membershipSchema,
} from "../schemas/consumer.ts";
import {
  type Collection,
  checkReference,
  collect,
  derivedId,
  type Reference,
} from "./collection.ts";
import type { Entries, Entry } from "./flatten.ts";

type ConsumerFields = z.output<typeof consumerSchema>;
type GroupFields = z.output<typeof consumerGroupSchema>;

export interface Callers {
  readonly consumers: Collection<ConsumerFields>;
  readonly groups: Collection<GroupFields>;
  readonly built: {
    readonly consumers: readonly Consumer[];
    readonly consumerGroups: readonly ConsumerGroup[];
    readonly credentials: readonly Credential[];
  };
}

export function buildConsumers(entries: Entries, reading: Reading): Callers {
  const consumers = collect(
    {
      list: "consumers",
      schema: consumerSchema,
      keys: ["username", "custom_id"],
      identity: () => [],
    },
    entries.of("consumers"),
    reading,
  );
  const groups = collect(
    {
      list: "consumer_groups",
      schema: consumerGroupSchema,
      keys: ["name"],
      identity: () => [],
    },
    entries.of("consumer_groups"),
    reading,
  );
  const groupNames = readMemberships(entries, { consumers, groups }, reading);
  return {
    consumers,
    groups,
    built: {
      consumers: consumers.all.map(({ id, fields }) => ({
        id,
        ...(fields.username === undefined ? {} : { username: fields.username }),
        ...(fields.custom_id === undefined ? {} : { customId: fields.custom_id }),
        groups: [...(groupNames.get(id) ?? [])].sort(),
        tags: fields.tags,
      })),
      consumerGroups: groups.all.map(({ id, fields }) => {
        return { id, name: fields.name, tags: fields.tags };
      }),
      credentials: CREDENTIAL_TYPES.flatMap((type) =>
        readCredentials(type, entries, consumers, reading),
      ),
    },
  };
}

/** Consumer id → names of its groups, from whichever side says so. */
function readMemberships(
  entries: Entries,
  { consumers, groups }: Pick<Callers, "consumers" | "groups">,
  reading: Reading,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  const join = (consumerId: string | undefined, groupName: string | undefined) => {
    if (consumerId === undefined || groupName === undefined) return;
    names.set(consumerId, (names.get(consumerId) ?? new Set()).add(groupName));
  };
  for (const { raw, path, owner } of entries.groupsOfConsumers) {
    const membership = readValue(groupMembershipSchema, raw, path, reading);
    const group = membership === undefined ? undefined : groups.find(named(membership), path);
    join(owner && consumers.ofEntry(owner.entry)?.id, group?.fields.name);
  }
  for (const { raw, path, owner } of entries.consumersOfGroups) {
    const membership = readValue(consumerMembershipSchema, raw, path, reading);
    const consumer = membership === undefined ? undefined : consumers.find(named(membership), path);
    join(consumer?.id, owner && groups.ofEntry(owner.entry)?.fields.name);
  }
  for (const entry of entries.of("consumer_group_consumers")) {
    const { raw, path } = entry;
    const membership = readValue(membershipSchema, raw, path, reading);
    if (membership === undefined) {
      checkReference(entry, "consumer", consumers);
      checkReference(entry, "consumer_group", groups);
    }
    if (membership?.consumer === undefined || membership.consumer_group === undefined) continue;
    const consumer = consumers.find(membership.consumer, [...path, "consumer"]);
    const group = groups.find(membership.consumer_group, [...path, "consumer_group"]);
    join(consumer?.id, group?.fields.name);
  }
  return names;
}

type Membership =
  | z.output<typeof groupMembershipSchema>
  | z.output<typeof consumerMembershipSchema>;

function named(membership: Membership): Reference {
  if (typeof membership === "string") return membership;
  const { tags: _tags, ...reference } = membership;
  return reference;
}

function readCredentials(
  type: CredentialType,
  entries: Entries,
  consumers: Collection<ConsumerFields>,
  reading: Reading,
): Credential[] {
  const seen = new Set<unknown>();
  return entries.of(type).flatMap((entry) => {
    const fields = readValue(CREDENTIAL_SCHEMAS[type], entry.raw, entry.path, reading);
    if (fields === undefined) {
      checkReference(entry, "consumer", consumers);
      return [];
    }
    const consumerId = ownerId(entry, fields.consumer, consumers, reading);
    if (consumerId === undefined) return [];
    const { id, tags, consumer: _consumer, ...own } = fields;
    const identity = uniqueValue(type, own);
    if (identity !== undefined && type !== "acls" && seen.has(identity)) {
      const message = `uniqueness violation: another of the '${type}' says the same`;
      reading.report.add({ path: entry.path, message });
    }
    seen.add(identity);
    const derived = derivedId(type, consumerId, JSON.stringify(own));
    return [{ id: id ?? derived, type, consumerId, fields: own, tags }];
  });
}

/** What a credential is looked up by: it can belong to one consumer only. */
function uniqueValue(type: CredentialType, own: Readonly<Record<string, unknown>>): unknown {
  const { key, hash, username, client_id: clientId } = own;
  if (type === "keyauth_credentials") return typeof key === "string" ? keyDigest(key) : hash;
  return key ?? username ?? clientId;
}

function ownerId(
  entry: Entry,
  reference: ConsumerReference,
  consumers: Collection<ConsumerFields>,
  { report }: Reading,
): string | undefined {
  if (reference !== undefined) {
    return consumers.find(reference, [...entry.path, "consumer"])?.id;
  }
  if (entry.owner !== undefined) return consumers.ofEntry(entry.owner.entry)?.id;
  report.add({ path: [...entry.path, "consumer"], message: "required field missing" });
  return undefined;
}

type ConsumerReference = z.output<(typeof CREDENTIAL_SCHEMAS)["acls"]>["consumer"];
