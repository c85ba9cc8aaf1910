import { z } from "zod";

/** HTTP field names (RFC 9110 §5.6.2). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export const keyAuthOptions = z.strictObject({
  key_names: z
    .array(z.string().regex(FIELD_NAME, "a key name may hold letters, digits, - and _"))
    .min(1)
    .default(["apikey"])
    .describe(
      "Where a key is looked for, in this order: names of headers, query arguments, and members of the body.",
    ),
  key_in_header: z.boolean().default(true).describe("Look in headers."),
  key_in_query: z.boolean().default(true).describe("Look in the query, where headers have none."),
  key_in_body: z
    .boolean()
    .default(false)
    .describe("Look in a JSON or form body, where headers and query have none."),
  key_strip_bearer: z
    .boolean()
    .default(false)
    .describe(
      "Take a header's `Bearer k` for the key `k`, so that SDKs of vendors can send it in `authorization`.",
    ),
  try_every_key: z
    .boolean()
    .default(false)
    .describe(
      "Where keys stand under several names, take the first that is good, not the first name's.",
    ),
  refuse_key_in_query: z
    .boolean()
    .default(false)
    .describe(
      "Refuse a request (400) that has a key in its query, under one of the names or `key`: addresses stand in logs.",
    ),
  hide_credentials: z
    .boolean()
    .default(true)
    .describe(
      "Take the key out of what a route's own service gets. No provider gets it either way.",
    ),
  anonymous: z
    .string()
    .min(1)
    .optional()
    .describe("Consumer, by id or username, that callers without a good key are taken for."),
  run_on_preflight: z.boolean().default(true).describe("Ask for a key on OPTIONS requests too."),
  realm: z
    .string()
    .regex(/^[^"\\\r\n]*$/, "a realm may not hold quotes, backslashes or line ends")
    .optional()
    .describe("Named in the `WWW-Authenticate` header of a refusal."),
  identity_realms: z
    .array(
      z.strictObject({
        scope: z
          .enum(["cp", "realm"])
          .default("cp")
          .describe("`cp` are the consumers of this file."),
        region: z.string().optional().describe("Where the realm is."),
        id: z.string().optional().describe("The realm's id."),
      }),
    )
    .default([{ scope: "cp" }])
    .describe(
      "Whose keys are known. Only those of this configuration (`scope: cp`) are: realms are not asked.",
    ),
  principals: z
    .unknown()
    .optional()
    .describe("Accepted; has no effect: the consumers are those of this configuration."),
});

export type KeyAuthOptions = z.output<typeof keyAuthOptions>;
