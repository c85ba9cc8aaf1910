import type { z } from "zod";
import type { Service } from "../../routing/entities.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { looseSchema, partialSchema } from "../schemas/other-entities.ts";
import { pluginSchema } from "../schemas/plugin.ts";
import { routeSchema } from "../schemas/route.ts";
import { PROTOCOLS, serviceSchema } from "../schemas/service.ts";
import { textField } from "./collection.ts";
import type { Entries } from "./flatten.ts";

/**
 * The schemas of entities less the fields that the format has and this gateway does not act on yet.
 * A file that relies on one is refused with a sentence: taking it in and doing something else would
 * be worse.
 */
export const servedPluginSchema = pluginSchema.superRefine(refusing(refusedPluginFields));
export const servedServiceSchema = serviceSchema.superRefine(refusing(refusedServiceFields));
export const servedRouteSchema = routeSchema.superRefine(refusing(refusedRouteFields));

/** Whether a file relies on it, the field, and what it is told. */
type Refusal = readonly [relied: boolean, field: string, message: string];

function refusing<Fields>(refused: (fields: Fields) => readonly Refusal[]) {
  return (fields: Fields, context: z.RefinementCtx) => {
    for (const [relied, field, message] of refused(fields)) {
      if (relied) context.addIssue({ code: "custom", path: [field], message });
    }
  };
}

function refusedPluginFields(fields: z.output<typeof pluginSchema>): Refusal[] {
  const { partials = [], ordering, condition, protocols } = fields;
  const named = [...steps(ordering?.before), ...steps(ordering?.after)];
  const narrowed =
    protocols !== undefined && !(protocols.includes("http") && protocols.includes("https"));
  return [
    [partials.length > 0, "partials", "linking partials is not built yet"],
    [named.length > 0, "ordering", "dynamic ordering is not built yet"],
    [condition !== undefined, "condition", "conditions are not built yet"],
    [narrowed, "protocols", "running a plugin for one of http and https alone is not built yet"],
  ];
}

function refusedServiceFields(fields: z.output<typeof serviceSchema>): Refusal[] {
  const protocol = protocolOf(fields);
  return [
    [
      !isSpoken(protocol),
      fields.url === undefined ? "protocol" : "url",
      `the protocol ${protocol} is not built yet`,
    ],
    [
      fields.tls_verify === false,
      "tls_verify",
      "leaving the upstream's certificate unchecked is not built yet",
    ],
    [
      fields.tls_verify_depth !== undefined,
      "tls_verify_depth",
      "a depth limit for certificate chains is not built yet",
    ],
    [
      fields.client_certificate !== undefined,
      "client_certificate",
      "client certificates for upstreams are not built yet",
    ],
    [
      (fields.ca_certificates ?? []).length > 0,
      "ca_certificates",
      "certificate authorities for one service are not built yet",
    ],
    [
      fields.tls_sans !== undefined,
      "tls_sans",
      "expected names of the upstream's certificate are not built yet",
    ],
  ];
}

function refusedRouteFields(fields: z.output<typeof routeSchema>): Refusal[] {
  const unspoken = fields.protocols.find((one) => !PROTOCOLS[one]);
  return [
    [unspoken !== undefined, "protocols", `the protocol ${unspoken} is not built yet`],
    [fields.expression !== undefined, "expression", "routing by expression is not built yet"],
    [fields.priority !== undefined, "priority", "routing by expression is not built yet"],
    [(fields.sources ?? []).length > 0, "sources", "routing by client address is not built yet"],
    [
      (fields.destinations ?? []).length > 0,
      "destinations",
      "routing by listener is not built yet",
    ],
  ];
}

function steps(order: { readonly access?: readonly string[] | undefined } | undefined) {
  return order?.access ?? [];
}

/** A url that is none is refused for that. */
function protocolOf({ url, protocol }: z.output<typeof serviceSchema>): string {
  if (url === undefined) return protocol ?? "http";
  return url.includes("//") && URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : "http";
}

function isSpoken(protocol: string): boolean {
  return Object.entries(PROTOCOLS).some(([name, spoken]) => spoken && name === protocol);
}

/** Kinds of entity that nothing acts on: they may stand in a file as long as nothing depends on them. */
export function checkUnused(
  entries: Entries,
  services: readonly Service[],
  reading: Reading,
): void {
  for (const { raw, path } of entries.of("partials")) readValue(partialSchema, raw, path, reading);
  for (const { raw, path } of entries.of("upstreams")) {
    readValue(looseSchema, raw, path, reading);
    const name = textField(raw, "name");
    const user = services.find(({ host }) => host === name);
    if (user === undefined) continue;
    const message = `service '${user.name ?? user.id}' uses upstream '${name}': balancing over an upstream's targets is not built yet`;
    reading.report.add({ path, message });
  }
}
