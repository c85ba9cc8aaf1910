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
