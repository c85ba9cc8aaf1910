import { createGateway } from "../app.ts";
import { isJsonObject, type JsonObject } from "../chat/json.ts";
import { redact } from "../config/redact.ts";
import { defineCommand, UsageError } from "./command.ts";
import { explainRequest } from "./explain-request.ts";
import { print } from "./print.ts";
import { problemLine, readConfig, readText } from "./read-config.ts";

export const explain = defineCommand({
  name: "explain",
  about: "Shows what a file compiles into; with a request, where it would go. Nothing is sent.",
  operands: "FILE [REQUEST.json]",
  options: {
    json: { type: "boolean", about: "List the problems of a file that has some as JSON, too." },
  },
  async run({ json }, [file, requestFile, ...more]) {
    if (file === undefined || more.length > 0)
      throw new UsageError("name a file, and a request if you like");
    const result = readConfig(file);
    if (!("config" in result)) {
      const { problems } = result;
      if (json) await print(JSON.stringify({ valid: false, problems }, null, 2));
      else for (const problem of problems) console.error(problemLine(problem));
      return 1;
    }
    if (requestFile === undefined) {
      await print(JSON.stringify(entities(redact(result.config)), null, 2));
      return 0;
    }
    const explained = await explainRequest(createGateway(result.config), readRequest(requestFile));
    await print(JSON.stringify(explained, null, 2));
    return explained.upstream ? 0 : 1;
  },
});

/** The entities without the code behind them. */
function entities(config: ReturnType<typeof redact>) {
  const plugins = config.plugins.map(({ definition, ...plugin }) => ({
    ...plugin,
    priority: definition.priority,
  }));
  return { ...config, plugins };
}

/** Either `{method, path, headers, body}` or just an LLM request's body. */
function readRequest(file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${file} is not JSON: ${error.message}`);
  }
  if (!isJsonObject(value)) throw new UsageError(`${file} holds no JSON object`);
  return value;
}
