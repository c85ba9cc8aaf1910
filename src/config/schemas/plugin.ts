import { z } from "zod";
import {
  consumerGroupReference,
  consumerReference,
  id,
  routeReference,
  serviceReference,
  tags,
  timestamps,
} from "./reference.ts";
import { protocol } from "./service.ts";

const phaseOrder = z.strictObject({ access: z.array(z.string()).optional() });

/** A plugin entity; its `config` is read by the plugin's own schema. */
export const pluginSchema = z.strictObject({
  id,
  name: z.string().describe("Which plugin."),
  instance_name: z.string().optional().describe("Unique label; has no effect on behaviour."),
  enabled: z.boolean().default(true).describe("Whether it runs."),
  protocols: z.array(protocol).optional().describe("Protocols of the requests it runs for."),
  tags,
  config: z.unknown().optional().describe("Options of the plugin."),
  partials: z
    .array(
      z.strictObject({
        id: z.string().optional(),
        name: z.string().optional(),
        path: z.string().optional(),
      }),
    )
    .optional()
    .describe("Shared pieces of config."),
  ordering: z
    .strictObject({ before: phaseOrder.optional(), after: phaseOrder.optional() })
    .optional()
    .describe("Plugins that it runs before or after, whatever their priorities."),
  condition: z.string().optional().describe("Expression that decides whether it runs."),
  service: serviceReference,
  route: routeReference,
  consumer: consumerReference,
  consumer_group: consumerGroupReference,
  ...timestamps,
});
