import { fileJsonSchema } from "../config/json-schema.ts";
import { PLUGINS } from "../plugins/registry.ts";
import { type Command, readArguments, refuseArguments } from "./command.ts";

export const schema: Command = {
  name: "schema",
  about:
    "Prints the JSON Schema of the configuration file, for editors; or the OpenAPI description of what clients ask.",
  usage: "schema [--openapi]",
  async run(argv) {
    const { values, positionals } = readArguments(argv, { openapi: { type: "boolean" } });
    refuseArguments(positionals);
    const document = values.openapi ? await description() : fileJsonSchema(PLUGINS);
    console.log(JSON.stringify(document, null, 2));
    return 0;
  },
};

/** Loaded only here: every command would wait for its schemas. */
async function description(): Promise<object> {
  const { openApiDocument } = await import("../admin/openapi.ts");
  return openApiDocument();
}
