import { z } from "zod";
import type { PluginDefinition } from "../plugins/define-plugin.ts";
import { modelOptionsSchema } from "../providers/model-options-schema.ts";
import {
  CREDENTIAL_SCHEMAS,
  CREDENTIAL_TYPES,
  consumerGroupSchema,
  consumerMembershipSchema,
  consumerSchema,
  groupMembershipSchema,
  membershipSchema,
} from "./schemas/consumer.ts";
import {
  certificateSchema,
  partialSchema,
  sniSchema,
  vaultSchema,
} from "./schemas/other-entities.ts";
import { pluginSchema } from "./schemas/plugin.ts";
import { rootSchema } from "./schemas/root.ts";
import { routeSchema } from "./schemas/route.ts";
import { serviceSchema } from "./schemas/service.ts";
import { shortKeySchema, shortModelSchema, shortProviderSchema } from "./short/schema.ts";

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What the entities of each list look like, by the name of the list. */
const DEFINITIONS: Readonly<Record<string, z.ZodType>> = {
  services: serviceSchema,
  routes: routeSchema,
  plugins: pluginSchema,
  consumers: consumerSchema,
  consumer_groups: consumerGroupSchema,
  consumer_group_consumers: membershipSchema,
  vaults: vaultSchema,
  partials: partialSchema,
  certificates: certificateSchema,
  snis: sniSchema,
  ...Object.fromEntries(CREDENTIAL_TYPES.map((type) => [type, CREDENTIAL_SCHEMAS[type]])),
};

/** JSON Schema (draft 2020-12) of a file, declarative or short, for editors. */
export function fileJsonSchema(plugins: readonly PluginDefinition[]): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  for (const [list, schema] of Object.entries(DEFINITIONS)) {
    definitions[list] = withNested(toJsonSchema(schema));
  }
  setItems(definitions["consumer_groups"], "consumers", consumerMembershipSchema);
  setItems(definitions["consumers"], "groups", groupMembershipSchema);
  for (const { name, about, options } of plugins) {
    definitions[`plugin-${name}`] = { title: name, description: about, ...toJsonSchema(options) };
  }
  const plugin = definitions["plugins"];
  if (plugin !== undefined) plugin.allOf = plugins.map(({ name }) => configOf(name));
  definitions["provider"] = shortProvider();
  definitions["model"] = toJsonSchema(shortModelSchema);
  definitions["key"] = toJsonSchema(shortKeySchema);
  const root = withNested(toJsonSchema(rootSchema));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Dragoman configuration",
    description: "A gateway's services, routes, plugins and consumers; or providers and models.",
    ...root,
    properties: {
      ...root.properties,
      providers: {
        description: "Short form: who serves models.",
        type: "object",
        additionalProperties: { anyOf: [{ $ref: "#/$defs/provider" }, { type: "string" }] },
      },
      models: {
        description: "Short form: the model names that clients use.",
        type: "object",
        additionalProperties: { $ref: "#/$defs/model" },
      },
      keys: {
        description: "Short form: who may call, and what their keys are. As a list: JSON Web Keys.",
        anyOf: [
          {
            type: "object",
            additionalProperties: { anyOf: [{ $ref: "#/$defs/key" }, { type: "string" }] },
          },
          { type: "array" },
        ],
      },
    },
    anyOf: [
      { required: ["_format_version"] },
      { required: ["providers"] },
      { required: ["models"] },
      { required: ["keys"] },
    ],
    $defs: definitions,
  };
}

/** JSON Schema of the options of one plugin. */
export function pluginJsonSchema(plugin: PluginDefinition): JsonSchema {
  return { title: plugin.name, description: plugin.about, ...toJsonSchema(plugin.options) };
}

/** What schemas here say to each other, and is no keyword of JSON Schema. */
const OWN_MARKS = [
  "secret",
  "referenceable",
  "templated",
  "otherNames",
  "elsewhere",
  "written",
] as const;

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema["secret"] === true) jsonSchema.writeOnly = true;
      for (const mark of OWN_MARKS) delete jsonSchema[mark];
    },
  });
  return rest;
}

/** Lists of nested entities name the definition of what they hold. */
function withNested(schema: JsonSchema): JsonSchema {
  for (const [list, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property !== "object" || property["nested"] !== true) continue;
    delete property["nested"];
    property.items = DEFINITIONS[list] === undefined ? {} : { $ref: `#/$defs/${list}` };
  }
  return schema;
}

function setItems(schema: JsonSchema | undefined, list: string, items: z.ZodType): void {
  const property = schema?.properties?.[list];
  if (typeof property === "object") property.items = toJsonSchema(items);
}

function configOf(name: string): JsonSchema {
  return {
    if: { properties: { name: { const: name } }, required: ["name"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { config: { $ref: `#/$defs/plugin-${name}` } } },
  };
}

function shortProvider(): JsonSchema {
  const schema = toJsonSchema(shortProviderSchema);
  const options = toJsonSchema(modelOptionsSchema);
  return { ...schema, properties: { ...schema.properties, options } };
}
