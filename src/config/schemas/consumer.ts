import { z } from "zod";
import { pemFault, secretFault } from "../../plugins/jwt/jwt-secrets.ts";
import { isKeyDigest } from "../../plugins/key-auth/key-index.ts";
import { isSymmetric, SIGNATURE_ALGORITHMS } from "../../plugins/signed-token.ts";
import {
  consumerGroupReference,
  consumerReference,
  entityName,
  id,
  nested,
  tags,
  timestamps,
} from "./reference.ts";

export const consumerSchema = z
  .strictObject({
    id,
    username: z.string().min(1).optional().describe("Unique name."),
    custom_id: z.string().min(1).optional().describe("Unique id in another system."),
    tags,
    ...timestamps,
    groups: nested("Consumer groups that it belongs to."),
    plugins: nested("Plugins for this consumer."),
    keyauth_credentials: nested("Keys of key-auth."),
    basicauth_credentials: nested("User names and passwords of basic-auth."),
    jwt_secrets: nested("Secrets of jwt."),
    hmacauth_credentials: nested("Secrets of hmac-auth."),
    oauth2_credentials: nested("Clients of oauth2."),
    mtls_auth_credentials: nested("Certificate names of mtls-auth."),
    acls: nested("Groups of the acl plugin."),
  })
  .superRefine((consumer, context) => {
    if (consumer.username !== undefined || consumer.custom_id !== undefined) return;
    const message = "at least one of these fields must be non-empty: 'custom_id', 'username'";
    context.addIssue({ code: "custom", message, path: ["@entity"] });
  });

export const consumerGroupSchema = z.strictObject({
  id,
  name: entityName,
  tags,
  ...timestamps,
  consumers: nested("Consumers that belong to it."),
  plugins: nested("Plugins for this group."),
});

/** A membership as a consumer states it, and as a group does. */
export const groupMembershipSchema = z.union([
  z.string(),
  z.strictObject({
    id: z.string().optional(),
    name: z.string().optional(),
    tags: z.array(z.string()).optional(),
  }),
]);
export const consumerMembershipSchema = z.union([
  z.string(),
  z.strictObject({
    id: z.string().optional(),
    username: z.string().optional(),
    custom_id: z.string().optional(),
    tags: z.array(z.string()).optional(),
  }),
]);

/** A membership of its own, in the flat form. */
export const membershipSchema = z.strictObject({
  id,
  consumer: consumerReference,
  consumer_group: consumerGroupReference,
  tags,
  ...timestamps,
});

const secret = z.string().min(1).meta({ secret: true, referenceable: true });
const owner = { id, consumer: consumerReference, tags, ...timestamps };

/** By the name of the list that holds them. */
export const CREDENTIAL_SCHEMAS = {
  keyauth_credentials: z
    .strictObject({
      ...owner,
      key: secret
        .optional()
        .describe("The key; it or its hash must be given, since nobody could see a made-up one."),
      hash: z
        .string()
        .refine(isKeyDigest, "expected sha256: and 64 hex digits; 'dragoman key new' prints one")
        .optional()
        .describe("`sha256:` and the key's SHA-256 in hex, in place of the key."),
      ttl: z
        .int()
        .min(0)
        .optional()
        .describe(
          "Seconds that the key is good for, from `created_at` or else from when the file is loaded; 0 means for ever.",
        ),
      created_at: z
        .number()
        .optional()
        .describe("When the key was made, in seconds since 1970; its `ttl` counts from then."),
      identity_realms: z.array(z.unknown()).optional().describe("Accepted; has no effect."),
    })
    .superRefine(({ key, hash }, context) => {
      if ((key === undefined) !== (hash === undefined)) return;
      const message = "exactly one of these fields must be non-empty: 'key', 'hash'";
      context.addIssue({ code: "custom", message, path: ["@entity"] });
    }),
  basicauth_credentials: z.strictObject({
    ...owner,
    username: z.string().min(1).describe("User name."),
    password: secret.describe("Password."),
  }),
  jwt_secrets: z
    .strictObject({
      ...owner,
      key: z
        .string()
        .min(1)
        .describe("Value of the claim that names this secret; nobody could see a made-up one."),
      secret: secret.optional().describe("What tokens are signed with, for `HS…`."),
      rsa_public_key: z
        .string()
        .optional()
        .describe("Public key in PEM of what tokens are signed with, for all others."),
      algorithm: z
        .enum(SIGNATURE_ALGORITHMS)
        .default("HS256")
        .describe("The one algorithm that its tokens are signed by."),
    })
    .superRefine(({ algorithm, secret, rsa_public_key: pem }, context) => {
      const field = isSymmetric(algorithm) ? "secret" : "rsa_public_key";
      const message = isSymmetric(algorithm) ? secretFault(secret) : pemFault(pem, algorithm);
      if (message !== undefined) context.addIssue({ code: "custom", message, path: [field] });
    }),
  hmacauth_credentials: z.strictObject({
    ...owner,
    username: z.string().min(1).describe("User name."),
    secret: secret.optional().describe("Shared secret."),
  }),
  oauth2_credentials: z.strictObject({
    ...owner,
    name: z.string().describe("Application name."),
    client_id: z.string().optional().describe("Client id."),
    client_secret: secret.optional().describe("Client secret."),
    redirect_uris: z.array(z.string()).optional().describe("Where tokens may be sent."),
    hash_secret: z.boolean().default(false).describe("Whether the secret is stored hashed."),
    client_type: z.enum(["confidential", "public"]).optional().describe("Client type."),
  }),
  mtls_auth_credentials: z.strictObject({
    ...owner,
    subject_name: z.string().describe("Name in the client's certificate."),
    ca_certificate: z.unknown().optional().describe("Authority that must have signed it."),
  }),
  acls: z.strictObject({ ...owner, group: z.string().min(1).describe("Group of the acl plugin.") }),
};

export type CredentialType = keyof typeof CREDENTIAL_SCHEMAS;
export const CREDENTIAL_TYPES = Object.keys(CREDENTIAL_SCHEMAS) as readonly CredentialType[];
