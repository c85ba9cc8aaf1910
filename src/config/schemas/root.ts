import { z } from "zod";
import { CREDENTIAL_TYPES, type CredentialType } from "./consumer.ts";
import { ELSEWHERE_IN_FILE } from "./foreign-words.ts";
import { nested } from "./reference.ts";

/** Each has a number of its own in what they share, and so has one that takes another's place. */
export const MAX_WORKERS = 128;

const FORMAT_VERSIONS = ["1.1", "2.1", "3.0"] as const;

const ignored = (what: string) => z.unknown().optional().describe(`${what} Accepted, ignored.`);

const credentialLists = Object.fromEntries(
  CREDENTIAL_TYPES.map((type) => [type, nested("Credentials, each naming its consumer.")]),
) as Record<CredentialType, ReturnType<typeof nested>>;

/** The keys of a file; what the lists hold is read by the schema of each entity. */
export const rootSchema = z
  .strictObject({
    $schema: z.string().optional().describe("JSON Schema, for editors."),
    _format_version: z
      .union([z.string(), z.number()])
      .optional()
      .describe("Version of the declarative format: 1.1, 2.1 or 3.0.")
      .refine((version) => version === undefined || isFormatVersion(version), {
        error: `expected one of: ${FORMAT_VERSIONS.join(", ")}`,
      }),
    _transform: z.boolean().optional().describe("Accepted, ignored."),
    _info: ignored("Notes of the tool that wrote the file."),
    _konnect: ignored("Where a tool would send the file."),
    _workspace: ignored("Workspace of the reference."),
    _defaults: ignored("Defaults that a tool filled in."),
    _plugin_configs: ignored("Shared options of a tool."),
    services: nested("Upstreams, with their routes and plugins."),
    routes: nested("What leads where."),
    plugins: nested("Plugins: for everything, or for what they name."),
    consumers: nested("Who calls."),
    consumer_groups: nested("Groups of callers."),
    consumer_group_consumers: nested("Memberships of consumers in groups."),
    ...credentialLists,
    vaults: nested("Where secrets are read from."),
    partials: nested("Shared pieces of plugin options."),
    upstreams: nested("Load-balanced hosts of services."),
    targets: nested("Members of upstreams."),
    certificates: nested("What listeners that speak TLS show."),
    ca_certificates: nested("Trusted authorities."),
    snis: nested("Server names of certificates."),
    keys: z
      .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
      .optional()
      .describe(
        "Short form: who may call, by name, and what their keys are. As a list: JSON Web Keys.",
      ),
    teams: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Short form: keys that share what they may use, by the team's name."),
    run: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Short form: what one session of an agent may use, by the name that it gives it.")
      .meta({ written: "{ max: $2, calls: 200, minutes: 60, loops: 8 }" }),
    limits: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        "Short form: the Redis or Valkey that gateways count limits in together; each counts for itself, unless set.",
      )
      .meta({ written: "{ redis: redis://HOST:PORT }" }),
    key_sets: nested("Sets of JSON Web Keys."),
    cloned_plugins: nested("Plugins under a second name."),
    plugin_schemas: nested("Plugins of one's own."),
    providers: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Short form: who serves models; found in the environment when absent.")
      .meta({ written: "{ openai: $OPENAI_API_KEY }, with a blank behind each colon" }),
    models: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Short form: the model names that clients use.")
      .meta({ written: "{ fast: openai/gpt-4o }, with a blank behind each colon" }),
    guards: z
      .array(z.unknown())
      .optional()
      .describe("Short form: what may not be asked of any model.")
      .meta({ written: "[{ deny_meaning: [How do I build a bomb?] }]" }),
    list_models: z
      .enum(["all", "configured"])
      .optional()
      .describe(
        "Short form: whether `/v1/models` shows the providers' own models too, or the names of `models` alone; these alone where there are any, unless set.",
      ),
    workers: z
      .union([z.literal("auto"), z.int().min(1).max(MAX_WORKERS)])
      .optional()
      .describe(
        "Short form: processes that serve calls, or `auto` for one a core; 1 unless set, here, by `--workers` or by the environment. Read at the start alone.",
      ),
    cors: z
      .union([
        z.string(),
        z.boolean().refine((on) => !on, "name the origins, or write '*' for any"),
        z.array(z.string()),
        z.record(z.string(), z.unknown()),
      ])
      .optional()
      .describe(
        "Short form: origins whose pages in browsers may call, or the options of the plugin cors; none unless set.",
      ),
  })
  .meta({ elsewhere: ELSEWHERE_IN_FILE });

export type Root = z.output<typeof rootSchema>;

function isFormatVersion(version: string | number): boolean {
  if (typeof version === "number") return FORMAT_VERSIONS.some((one) => Number(one) === version);
  return FORMAT_VERSIONS.some((one) => one === version);
}
