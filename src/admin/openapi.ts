import { z } from "zod";
import { VERSION } from "../version.ts";
import { ERROR, HEADERS, NAMED_SCHEMAS, PATHS, TAGS } from "./openapi-operations.ts";

/**
 * The description of what clients ask and are answered, as OpenAPI 3.1
 * (https://spec.openapis.org/oas/v3.1.1.html). Paths are those of the short form; a route of a
 * declarative configuration serves the same under a path of its own.
 */
export function openApiDocument() {
  return {
    openapi: "3.1.1",
    info: {
      title: "Dragoman",
      version: VERSION,
      summary: "What clients ask of the gateway, and what they are answered.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The gateway's proxy listener." }],
    security: [{}, { bearer: [] }],
    tags: TAGS,
    paths: PATHS,
    components: {
      schemas: componentSchemas(),
      headers: HEADERS,
      responses: { Error: ERROR },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "Where the configuration asks clients for a key.",
        },
      },
    },
  };
}

/** JSON Schema 2020-12, in which a named schema refers to the others. */
function componentSchemas(): Readonly<Record<string, object>> {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const [id, schema] of Object.entries(NAMED_SCHEMAS)) {
    const { description } = schema;
    registry.add(schema, description === undefined ? { id } : { id, description });
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // Bounds that only say what a JavaScript number can hold.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _s, $id: _i, ...schema }]) => [name, schema]),
  );
}
