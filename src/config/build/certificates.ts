import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { z } from "zod";
import type { Certificate } from "../config.ts";
import type { Path } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { certificateSchema, sniSchema } from "../schemas/other-entities.ts";
import { type Collection, collect } from "./collection.ts";
import type { Entries } from "./flatten.ts";

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
    const { cert, key, cert_alt: otherCert, key_alt: otherKey, tags } = fields;
    const hasOther = otherCert !== undefined && otherKey !== undefined;
    const alternate = hasOther ? { alternate: { cert: otherCert, key: otherKey } } : {};
    return { id, cert, key, ...alternate, serverNames, tags };
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
  const { cert, key, cert_alt: otherCert, key_alt: otherKey, passphrase } = fields;
  const add = (field: string, message: string) => report.add({ path: [...path, field], message });
  if (passphrase !== undefined) add("passphrase", "encrypted keys are not built yet");
  const fault = keyPairFault({ cert, key });
  if (fault) add(fault.of, fault.message);
  if (otherCert === undefined && otherKey === undefined) return;
  if (otherCert === undefined || otherKey === undefined) {
    const lacking = otherCert === undefined ? "cert_alt" : "key_alt";
    add(lacking, "all or none of these fields must be set: 'cert_alt', 'key_alt'");
    return;
  }
  const otherFault = keyPairFault({ cert: otherCert, key: otherKey });
  if (otherFault) add(`${otherFault.of}_alt`, otherFault.message);
  else if (!fault && kindOfKey(key) === kindOfKey(otherKey)) {
    add("cert_alt", "is of the same kind as cert: one of RSA and one of ECDSA are wanted");
  }
}

/** Why a certificate and a key, as PEM texts, cannot serve; undefined when they can. Quotes neither. */
export function keyPairFault(pair: {
  readonly cert: string;
  readonly key: string;
}): { readonly of: "cert" | "key"; readonly message: string } | undefined {
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(pair.cert);
  } catch {
    return { of: "cert", message: "is no certificate in PEM" };
  }
  try {
    key = createPrivateKey(pair.key);
  } catch {
    return { of: "key", message: "is no private key in PEM, or is encrypted" };
  }
  if (certificate.checkPrivateKey(key)) return undefined;
  return { of: "key", message: "is not the key of this certificate" };
}

/** `rsa`, `ec` and the like, of a private key that is one. */
export function kindOfKey(key: string): string | undefined {
  return createPrivateKey(key).asymmetricKeyType;
}
