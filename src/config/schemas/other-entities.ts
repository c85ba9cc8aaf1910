import { z } from "zod";
import { entityName, id, tags, timestamps } from "./reference.ts";

/** Backends that a vault entity may name. */
const VAULT_BACKENDS = ["aws", "azure", "conjur", "env", "file", "gcp", "hcv"] as const;

export const vaultSchema = z.strictObject({
  id,
  name: z.enum(VAULT_BACKENDS).describe("Backend."),
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]*[a-z0-9]$/, "a prefix holds lower-case letters, digits and dashes")
    .describe("What references call this vault."),
  description: z.string().optional().describe("For people."),
  config: z.record(z.string(), z.unknown()).default({}).describe("Options of the backend."),
  tags,
  ...timestamps,
});

export const partialSchema = z.strictObject({
  id,
  name: entityName.optional(),
  type: z.enum(["embeddings", "model", "redis-ce", "redis-ee", "vectordb"]).describe("Kind."),
  config: z.record(z.string(), z.unknown()).default({}).describe("The shared options."),
  tags,
  ...timestamps,
});

/** Kinds that are read only to see whether something depends on them. */
export const looseSchema = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
});

const pem = (what: string) => z.string().min(1).meta({ referenceable: true }).describe(what);
const secretPem = (what: string) =>
  z.string().min(1).meta({ referenceable: true, secret: true }).describe(what);

/** `a.example`, `*.a.example`, or `*` for every name that no other certificate is for. */
const serverName = z
  .string()
  .transform((name) => name.toLowerCase())
  .refine(
    (name) => name === "*" || /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name),
    "expected a host name, *.NAME, or *",
  )
  .describe("Name that a client asks for; `*.NAME` is for one more label, `*` for all others.");

const certificateReference = z.union([z.string(), z.strictObject({ id: z.string() })]);

/** A server name, in a certificate or in a list of its own. */
export const sniSchema = z.strictObject({
  id,
  name: serverName,
  certificate: certificateReference.optional().describe("The certificate, by id."),
  tags,
  ...timestamps,
});

export const certificateSchema = z.strictObject({
  id,
  cert: pem("Certificate, PEM, with what leads to its authority behind it."),
  key: secretPem("Private key, PEM."),
  cert_alt: pem(
    "Certificate for a key of another kind, as ECDSA beside RSA: each client gets what it takes, ECDSA first.",
  ).optional(),
  key_alt: secretPem("The private key of that one, PEM.").optional(),
  passphrase: secretPem("What the key is encrypted with.").optional(),
  snis: z
    .array(z.union([serverName, sniSchema]))
    .default([])
    .describe("Names of servers that it is for; none makes it the one for all others."),
  tags,
  ...timestamps,
});
