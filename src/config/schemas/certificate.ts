import { z } from "zod";
import { id, tags, timestamps } from "./reference.ts";

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
