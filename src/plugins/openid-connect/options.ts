import { z } from "zod";
import { UNSERVED } from "./unserved.ts";

const path = (what: string) =>
  z.array(z.string().min(1)).min(1).describe(`${what} Several names lead into nested objects.`);
const required = (what: string) =>
  z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(`${what} One entry must hold; of an entry with spaces, every word.`);
const address = z.url({ protocol: /^https?$/ });

export const openidConnectOptions = z
  .strictObject({
    issuer: address
      .meta({ referenceable: true })
      .describe("The issuer, or its discovery document: https://login.example/realms/work."),
    auth_methods: z
      .array(z.enum(["bearer"]))
      .min(1)
      .describe("`[bearer]`: signed tokens that clients send. No other method is served here."),
    bearer_token_param_type: z
      .array(z.enum(["cookie", "header", "query"]))
      .min(1)
      .default(["header", "query"])
      .describe(
        "Where a token is looked for: the headers `authorization` (after `Bearer`), `access-token` and `x-access-token`, the query (`access_token`), a cookie. Bodies are not looked in.",
      ),
    bearer_token_cookie_name: z.string().min(1).optional().describe("The cookie's name."),
    issuers_allowed: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("What `iss` may be; what the discovery document says unless set."),
    jwks_endpoint: address.optional().describe("The issuer's keys, in place of discovery."),
    extra_jwks_uris: z.array(address).default([]).describe("More keys that are trusted."),
    audience_claim: path("The claim with the audiences.").default(["aud"]),
    audience_required: required("Audiences that a token must be for."),
    scopes_claim: path("The claim with the scopes.").default(["scope"]),
    scopes_required: required("Scopes that a token must have."),
    groups_claim: path("The claim with the groups.").default(["groups"]),
    groups_required: required("Groups that a caller must be in."),
    roles_claim: path("The claim with the roles.").default(["roles"]),
    roles_required: required("Roles that a caller must have."),
    claims_forbidden: z.array(z.string()).default([]).describe("Claims that no token may have."),
    leeway: z
      .number()
      .min(0)
      .max(3600)
      .default(0)
      .describe("Seconds that the clocks of the issuer and the gateway may differ."),
    consumer_claim: path("The claim that names the consumer.").optional(),
    consumer_claims: z
      .array(path("A claim that names the consumer."))
      .default([])
      .describe("Claims that may name the consumer: the first that a token has."),
    consumer_by: z
      .array(z.enum(["custom_id", "id", "username"]))
      .min(1)
      .default(["custom_id", "username"])
      .describe("What the consumer is known by."),
    consumer_optional: z
      .boolean()
      .default(false)
      .describe("Whether a caller whom no consumer stands for is let in all the same."),
    credential_claim: path(
      "The claim that tells callers apart where there is no consumer.",
    ).default(["sub"]),
    authenticated_groups_claim: path("The claim with the groups that `acl` looks at.").optional(),
    anonymous: z
      .string()
      .min(1)
      .optional()
      .describe("Consumer, by id or username, that callers without a good token are taken for."),
    run_on_preflight: z.boolean().default(true).describe("Ask on OPTIONS requests too."),
    hide_credentials: z
      .boolean()
      .default(true)
      .describe("Take the token out of what a route's own service gets. No provider gets it."),
    unauthorized_error_message: z.string().default("Unauthorized").describe("Says a 401."),
    forbidden_error_message: z.string().default("Forbidden").describe("Says a 403."),
    display_errors: z.boolean().default(false).describe("Say why instead."),
    expose_error_code: z
      .boolean()
      .default(true)
      .describe("Say in `WWW-Authenticate` what is wrong (RFC 6750 §3.1)."),
    cache_ttl: z
      .number()
      .min(1)
      .default(3600)
      .describe("Seconds that the issuer's keys are kept before they are asked for again."),
    rediscovery_lifetime: z
      .number()
      .min(1)
      .default(30)
      .describe("Least seconds between two times that the issuer's keys are asked for."),
    timeout: z.number().min(1).default(10_000).describe("Milliseconds for each such question."),
    ssl_verify: z.boolean().default(true).describe("Whether the issuer's certificate is checked."),
  })
  .meta({ elsewhere: UNSERVED })
  .superRefine((options, context) => {
    const asksForCookie = options.bearer_token_param_type.includes("cookie");
    if (asksForCookie && options.bearer_token_cookie_name === undefined) {
      const message = "required field missing";
      context.addIssue({ code: "custom", message, path: ["bearer_token_cookie_name"] });
    }
  });

export type OpenidConnectOptions = z.output<typeof openidConnectOptions>;
