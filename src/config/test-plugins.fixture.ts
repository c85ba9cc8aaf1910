import { z } from "zod";
import { balancedTargetSchema, balancerSchema } from "../plugins/balancer-schema.ts";
import { cors } from "../plugins/cors/cors.ts";
import { definePlugin, type PluginDefinition } from "../plugins/define-plugin.ts";
import { keyAuth } from "../plugins/key-auth/key-auth.ts";
import { modelList } from "../plugins/model-list/model-list.ts";
import { unservedPath } from "../plugins/unserved-path/unserved-path.ts";
import { targetSchema } from "../providers/target-schema.ts";
import type { LoadContext, LoadResult } from "./config.ts";
import { loadConfig } from "./load-config.ts";

/** Plugins for tests: schemas with everything that the loader has to deal with. */
const proxy = definePlugin({
  name: "ai-proxy",
  priority: 770,
  about: "A proxy for one model.",
  scopes: ["consumer", "consumer_group", "route", "service"],
  options: targetSchema
    .extend({
      llm_format: z.enum(["anthropic", "openai"]).default("openai").describe("Client dialect."),
      response_streaming: z
        .enum(["allow", "always", "deny"])
        .default("allow")
        .describe("Whether answers may be streams."),
      max_request_body_size: z.int().min(0).default(1_048_576).describe("Bytes."),
      model_name_header: z.boolean().default(true).describe("Whether the model is named."),
    })
    .superRefine(({ auth, llm_format, route_type }, context) => {
      if ((auth.header_name === undefined) !== (auth.header_value === undefined)) {
        context.addIssue({
          code: "custom",
          path: ["@entity"],
          message:
            "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
        });
      }
      if (llm_format === "anthropic" && route_type !== "llm/v1/chat") {
        context.addIssue({
          code: "custom",
          path: ["@entity"],
          params: { scope: "plugin" },
          message: "native formats are for chat",
        });
      }
    }),
  migrate(options, warn) {
    if (!("streaming" in options)) return options;
    const { streaming, ...rest } = options;
    warn(["streaming"], "streaming is response_streaming now");
    return { ...rest, response_streaming: streaming };
  },
  create: () => ({}),
});

const router = definePlugin({
  name: "model-router",
  priority: 770,
  about: "Chooses a model by its name.",
  scopes: ["route"],
  options: z.strictObject({
    route_type: z.string().describe("Operation."),
    max_request_body_size: z.int().describe("Bytes."),
    exact: z.boolean().describe("Whether nothing below the path is served."),
    allowed_models: z.record(z.string(), z.array(z.string())).optional().describe("By user."),
    models: z.record(z.string(), z.array(balancedTargetSchema)).describe("By public name."),
    balancers: z.record(z.string(), balancerSchema).optional().describe("By public name."),
    providers: z.record(z.string(), targetSchema).describe("By name."),
    other_keys: z.record(z.string(), z.array(targetSchema)).optional().describe("By name."),
  }),
  create: () => ({}),
});

const log = definePlugin({
  name: "http-log",
  priority: 12,
  about: "Posts records.",
  scopes: ["consumer", "route", "service"],
  options: z.strictObject({
    http_endpoint: z.string().meta({ referenceable: true, secret: true }).describe("Where to."),
    timeout: z.number().gt(0).lt(100_000).default(10_000).describe("Milliseconds."),
    retries: z.int().max(9).optional().describe("How often."),
    headers: z
      .record(z.string(), z.string().meta({ referenceable: true, secret: true }))
      .optional()
      .describe("More headers."),
    levels: z.array(z.string().min(2).max(5)).min(1).optional().describe("Which."),
    when: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("One or more."),
  }),
  create: () => ({}),
});

export const TEST_PLUGINS: readonly PluginDefinition[] = [
  proxy,
  router,
  log,
  keyAuth,
  cors,
  modelList,
  unservedPath,
];

export function load(text: string, context: Partial<LoadContext> = {}): LoadResult {
  return loadConfig(
    { text, file: "gateway.yaml" },
    {
      env: {},
      plugins: TEST_PLUGINS,
      readFile: (path) => {
        throw new Error(`no file ${path}`);
      },
      ...context,
    },
  );
}

/** `line:column path: message (hint)`, one for each problem. */
export function problemLines(text: string, context: Partial<LoadContext> = {}): readonly string[] {
  const result = load(text, context);
  const problems = "problems" in result ? result.problems : result.config.warnings;
  return problems.map(({ severity, path, message, position, hint }) => {
    const place = position === undefined ? "" : `${position.line}:${position.column} `;
    const mark = severity === "warning" ? "warning " : "";
    return `${place}${mark}${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}
