import { z } from "zod";

const YEAR_S = 31_536_000;

export const jwtOptions = z
  .strictObject({
    header_names: z
      .array(z.string().min(1))
      .default(["authorization"])
      .describe("Headers that a token is looked for in, after `Bearer`."),
    uri_param_names: z
      .array(z.string().min(1))
      .default(["jwt"])
      .describe("Query arguments that a token is looked for in."),
    cookie_names: z
      .array(z.string().min(1))
      .default([])
      .describe("Cookies that a token is looked for in."),
    key_claim_name: z
      .string()
      .min(1)
      .default("iss")
      .describe(
        "The claim that names the secret (`key` of `jwt_secrets`); it may stand in the token's header instead.",
      ),
    secret_is_base64: z
      .boolean()
      .default(false)
      .describe("Whether the secrets of `HS…` are written in base64 (or base64url)."),
    claims_to_verify: z
      .array(z.enum(["exp", "nbf"]))
      .optional()
      .describe("Claims that a token must have, and that must hold now: `exp`, `nbf`."),
    maximum_expiration: z
      .number()
      .min(0)
      .max(YEAR_S)
      .default(0)
      .describe("Furthest that `exp` may lie ahead, in seconds; 0 sets no bound."),
    anonymous: z
      .string()
      .min(1)
      .optional()
      .describe("Consumer, by id or username, that callers without a good token are taken for."),
    run_on_preflight: z
      .boolean()
      .default(true)
      .describe("Ask for a token on OPTIONS requests too."),
    realm: z
      .string()
      .regex(/^[^"\\\r\n]*$/, "a realm may not hold quotes, backslashes or line ends")
      .optional()
      .describe("Named in the `WWW-Authenticate` header of a refusal."),
  })
  .superRefine(({ maximum_expiration: furthest, claims_to_verify: claims }, context) => {
    if (furthest === 0 || claims?.includes("exp")) return;
    const message = "expected to contain: exp, since maximum_expiration is set";
    context.addIssue({ code: "custom", message, path: ["claims_to_verify"] });
  });

export type JwtOptions = z.output<typeof jwtOptions>;
