import { fileJsonSchema } from "../config/json-schema.ts";
import { PLUGINS } from "../plugins/registry.ts";
import { defineCommand, print } from "./command.ts";

export const schema = defineCommand({
  name: "schema",
  about:
    "Prints the JSON Schema of the configuration file, for editors; or the OpenAPI description of what clients ask.",
  options: {
    openapi: { type: "boolean", about: "The OpenAPI description in place of the JSON Schema." },
  },
  async run(values) {
    const document = values.openapi ? await description() : fileJsonSchema(PLUGINS);
    await print(JSON.stringify(document, null, 2));
    return 0;
  },
});

/** Loaded only here: every command would wait for its schemas. */
async function description(): Promise<object> {
  const { openApiDocument } = await import("../admin/openapi.ts");
  return openApiDocument();
}
