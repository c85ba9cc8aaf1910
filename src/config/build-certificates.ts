import type { z } from "zod";
import { certificateSchema, sniSchema } from "./certificate-schemas.ts";
import { type Collection, collect } from "./collection.ts";
import type { Certificate } from "./config.ts";
import type { Entries } from "./flatten.ts";
import { keyPairFault } from "./key-pair.ts";
import type { Path } from "./path.ts";
import { type Reading, readValue } from "./read-value.ts";

type Certificates = Collection<z.output<typeof certificateSchema>>;

/** The listeners' certificates, each with every server name that says it is for it. */
export function buildCertificates(entries: Entries, reading: Reading): readonly Certificate[] {
  const certificates = collect(
    { list: "certificates", schema: certificateSchema, keys: [], identity: ({ cert }) => [cert] },
    entries.of("certificates"),
    reading,
  );
  const listed = listedNames(entries, certificates, reading);
  const taken = new Set<string>();
  return certificates.all.map(({ id, entry, fields }) => {
    checkPair(fields, entry.path, reading);
    const own = fields.snis.map((sni) => (typeof sni === "string" ? sni : sni.name));
    const serverNames = [...own, ...(listed.get(id) ?? [])];
    for (const name of serverNames) {
      const message = `uniqueness violation: 'snis' entity with name set to '${name}' already declared`;
      if (taken.has(name)) reading.report.add({ path: [...entry.path, "snis"], message });
      taken.add(name);
    }
    return { id, cert: fields.cert, key: fields.key, serverNames, tags: fields.tags };
  });
}

/** Certificate id → names that the file lists apart from it. */
function listedNames(entries: Entries, certificates: Certificates, reading: Reading) {
  const names = new Map<string, string[]>();
  for (const { raw, path } of entries.of("snis")) {
    const sni = readValue(sniSchema, raw, path, reading);
    if (sni === undefined) continue;
    if (sni.certificate === undefined) {
      reading.report.add({ path: [...path, "certificate"], message: "required field missing" });
      continue;
    }
    const found = certificates.find(sni.certificate, [...path, "certificate"]);
    if (found) names.set(found.id, [...(names.get(found.id) ?? []), sni.name]);
  }
  return names;
}

function checkPair(
  fields: z.output<typeof certificateSchema>,
  path: Path,
  { report }: Reading,
): void {
  for (const field of ["cert_alt", "key_alt", "passphrase"] as const) {
    if (fields[field] === undefined) continue;
    const message = "encrypted keys and second certificates for one name are not built yet";
    report.add({ path: [...path, field], message });
    return;
  }
  const fault = keyPairFault(fields);
  if (fault) report.add({ path: [...path, fault.of], message: fault.message });
}
