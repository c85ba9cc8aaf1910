import { z } from "zod";
import { isHeaderValue } from "../../framing/header-map.ts";
import { llmFormatSchema } from "../../providers/target-schema.ts";
import type { OptionsWarning } from "../define-plugin.ts";
import { maxRequestBodySize } from "../proxy-fields.ts";

/** https://learn.microsoft.com/azure/ai-services/content-safety/concepts/harm-categories */
const CATEGORIES: readonly string[] = ["Hate", "SelfHarm", "Sexual", "Violence"];

const category = z.strictObject({
  name: z.string().describe("What is looked for: `Hate`, `SelfHarm`, `Sexual` or `Violence`."),
  rejection_level: z
    .int()
    .describe("The least severity that is refused: 2, 4 or 6 of four levels, 1 to 7 of eight."),
});

const KEY_RULE = "is sent as a header, and holds what a header cannot: a line break, perhaps";

const identity = (description: string) =>
  z.string().optional().meta({ description, referenceable: true });

export const contentSafetyOptions = z
  .strictObject({
    content_safety_url: z
      .string()
      .refine(isUrl, "must be an http or https URL with a host, and without credentials")
      .meta({
        description:
          "Where texts are analysed, the whole URL: `https://NAME.cognitiveservices.azure.com/contentsafety/text:analyze`.",
        referenceable: true,
      }),
    content_safety_key: z.string().refine(isHeaderValue, KEY_RULE).optional().meta({
      description: "Subscription key of the Content Safety resource.",
      referenceable: true,
      secret: true,
    }),
    azure_use_managed_identity: z
      .boolean()
      .default(false)
      .describe(
        "Prove who calls by a token of Microsoft Entra in place of a key: of the service principal where its secret is set, else of the host.",
      ),
    azure_client_id: identity("User-assigned identity, or application id of a service principal."),
    azure_client_secret: z.string().optional().meta({
      description: "Secret of the service principal.",
      referenceable: true,
      secret: true,
    }),
    azure_tenant_id: identity("Microsoft Entra tenant of the service principal."),
    azure_api_version: z
      .string()
      .min(1)
      .default("2023-10-01")
      .describe("The `api-version` that is asked for."),
    categories: z
      .array(category)
      .optional()
      .describe("What is looked for, and how much is too much."),
    blocklist_names: z
      .array(z.string())
      .optional()
      .describe("Blocklists of the resource; a text that holds an entry of one is refused."),
    halt_on_blocklist_hit: z
      .boolean()
      .default(true)
      .describe("Look no further once a blocklist is hit."),
    output_type: z
      .enum(["FourSeverityLevels", "EightSeverityLevels"])
      .default("FourSeverityLevels")
      .describe("The scale of severities: 0, 2, 4 and 6, or 0 to 7."),
    text_source: z
      .enum(["concatenate_all_content", "concatenate_user_content", "last_message"])
      .default("concatenate_all_content")
      .describe("What of a request is looked at: all messages, the user's, or the last one."),
    guarding_mode: z
      .enum(["INPUT", "OUTPUT", "BOTH"])
      .default("INPUT")
      .describe("Whether requests, answers, or both are looked at."),
    response_buffer_size: z
      .number()
      .default(100)
      .describe("Bytes of a streamed answer's text that are held back and looked at together."),
    reveal_failure_reason: z
      .boolean()
      .default(true)
      .describe("Whether the caller is told what was breached."),
    stop_on_error: z
      .boolean()
      .default(true)
      .describe(
        "What becomes of a text that cannot be looked at, the service having failed: refused with 500, or passed on.",
      ),
    ssl_verify: z.boolean().default(true).describe("Whether the service's certificate is checked."),
    log_blocked_content: z
      .boolean()
      .default(false)
      .describe("Whether the text that was refused goes to the log."),
    llm_format: llmFormatSchema,
    max_request_body_size: maxRequestBodySize,
  })
  .superRefine((options, context) => {
    const add = (message: string) =>
      context.addIssue({ code: "custom", path: ["@entity"], message });
    if (!options.azure_use_managed_identity && !options.content_safety_key) {
      add(
        "at least one of these fields must be set: 'config.content_safety_key', 'config.azure_use_managed_identity'",
      );
    }
    const { categories = [], blocklist_names: blocklists = [] } = options;
    if (categories.length === 0 && blocklists.length === 0) {
      add(
        "at least one of these fields must be non-empty: 'config.categories', 'config.blocklist_names'",
      );
    }
  });

export type ContentSafetyOptions = z.output<typeof contentSafetyOptions>;

type Written = Readonly<Record<string, unknown>>;

/** The reference's first pages had an option under another name. */
export function withItsOwnName(
  options: Written,
  warn: (path: readonly string[], message: string) => void,
): Written {
  const { use_azure_managed_identity: isUsed, ...rest } = options;
  if (isUsed === undefined) return options;
  warn(["use_azure_managed_identity"], "this is called azure_use_managed_identity");
  return { azure_use_managed_identity: isUsed, ...rest };
}

function isUrl(text: string): boolean {
  if (text.startsWith("{vault://")) return true;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return /^https?:$/.test(url.protocol) && url.hostname !== "";
}

const OPERATION = "/contentsafety/text:analyze";

/** What works, but probably not as meant. */
export function contentSafetyWarnings(options: ContentSafetyOptions): readonly OptionsWarning[] {
  const { categories = [], content_safety_url: url, output_type: scale } = options;
  const warnings = categories.flatMap(({ name, rejection_level: level }, at) => {
    const path = ["categories", at] as const;
    const about = levelWarning(level, scale);
    return [
      ...(CATEGORIES.includes(name)
        ? []
        : [
            {
              path: [...path, "name"],
              message: `the service knows ${CATEGORIES.join(", ")}, and refuses requests that name others`,
            },
          ]),
      ...(about === undefined ? [] : [{ path: [...path, "rejection_level"], message: about }]),
    ];
  });
  const path = URL.parse(url)?.pathname;
  if (path === undefined || path.endsWith(OPERATION)) return warnings;
  return [
    ...warnings,
    {
      path: ["content_safety_url"],
      message: `does not end with ${OPERATION}, where texts are analysed`,
    },
  ];
}

function levelWarning(
  level: number,
  scale: ContentSafetyOptions["output_type"],
): string | undefined {
  const highest = scale === "FourSeverityLevels" ? 6 : 7;
  if (level <= 0) return "every text has at least severity 0, so all are refused";
  if (level > highest)
    return `${scale} end with ${highest}, so nothing is refused for this category`;
  if (scale === "EightSeverityLevels" || level % 2 === 0) return undefined;
  return `FourSeverityLevels are 0, 2, 4 and 6, so ${level} means ${level + 1}`;
}
