import type { Service } from "../../routing/entities.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { looseSchema, partialSchema } from "../schemas/other-entities.ts";
import { textField } from "./collection.ts";
import type { Entries } from "./flatten.ts";

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
