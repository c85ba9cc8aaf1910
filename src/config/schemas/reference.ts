import { z } from "zod";

const reference = <const Key extends string>(entity: string, key: Key) =>
  z
    .union([
      z.string(),
      z.strictObject({ id: z.string().optional(), [key]: z.string().optional() } as Record<
        "id" | Key,
        z.ZodOptional<z.ZodString>
      >),
    ])
    .optional()
    .describe(`The ${entity}, by id or ${key}.`);

/** What an entity may name as the one it belongs to. */
export const serviceReference = reference("service", "name");
export const routeReference = reference("route", "name");
export const consumerReference = reference("consumer", "username");
export const consumerGroupReference = reference("consumer group", "name");

/** By the field that holds them. */
export const REFERENCES = {
  service: serviceReference,
  route: routeReference,
  consumer: consumerReference,
  consumer_group: consumerGroupReference,
};

/** Nested entities are read one by one, each by its own schema. */
export const nested = (what: string) =>
  z.array(z.unknown()).optional().meta({ description: what, nested: true });

export const id = z.string().min(1).optional().describe("Stable id; derived when absent.");
export const tags = z.array(z.string()).default([]).describe("Labels, for selecting entities.");

/** Written by exports of the reference; nothing depends on them. */
export const timestamps = {
  created_at: z.number().optional().describe("Accepted from exports; has no effect."),
  updated_at: z.number().optional().describe("Accepted from exports; has no effect."),
};

/** Names appear in URLs of the admin API. */
export const entityName = z
  .string()
  .regex(/^[\p{L}\p{N}._~-]+$/u, "a name may hold letters, digits and the characters . - _ ~")
  .describe("Unique name.");
