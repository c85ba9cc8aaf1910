import { z } from "zod";
import { topologyOf } from "../redis/redis-options.ts";
import { checkPostgres } from "../vectors/postgres-options.ts";

const text = (description: string) =>
  z.string().optional().meta({ description, referenceable: true });
const secret = (description: string) =>
  z.string().optional().meta({ description, referenceable: true, secret: true });
const port = z.union([z.int().min(0).max(65_535), z.string()]);
const timeoutMs = z.int().min(0).max(2_147_483_646).default(2_000);

/** A Redis server, sentinels or a cluster. */
export const redisSchema = z
  .strictObject({
    host: z.string().default("127.0.0.1").meta({ description: "Host.", referenceable: true }),
    port: port.default(6379).meta({ description: "Port.", referenceable: true }),
    username: text("ACL user."),
    password: secret("Password; without one there is no AUTH."),
    database: z.int().min(0).default(0).describe("Database number."),
    ssl: z.boolean().default(false).describe("Whether to use TLS."),
    ssl_verify: z.boolean().default(true).describe("Whether to check the certificate."),
    server_name: text("TLS server name."),
    timeout: z.int().min(0).optional().describe("Older name of the three timeouts, in ms."),
    connect_timeout: timeoutMs.describe("Milliseconds to connect."),
    send_timeout: timeoutMs.describe("Milliseconds to send."),
    read_timeout: timeoutMs.describe("Milliseconds to wait for an answer."),
    keepalive_pool_size: z.int().min(1).default(256).describe("Idle connections that are kept."),
    keepalive_backlog: z.int().min(0).optional().describe("Connections that may wait."),
    connection_is_proxied: z.boolean().default(false).describe("Whether a proxy stands before it."),
    cluster_nodes: z
      .array(
        z.strictObject({
          ip: z.string().default("127.0.0.1"),
          port: z.int().min(0).max(65_535).default(6379),
        }),
      )
      .min(1)
      .optional()
      .describe("Nodes of a cluster."),
    cluster_addresses: z.array(z.string()).optional().describe("Older form: host:port."),
    cluster_max_redirections: z.int().default(5).describe("Redirections that are followed."),
    sentinel_nodes: z
      .array(
        z.strictObject({
          host: z.string().default("127.0.0.1"),
          port: z.int().min(0).max(65_535).default(6379),
        }),
      )
      .min(1)
      .optional()
      .describe("Sentinels."),
    sentinel_addresses: z.array(z.string()).optional().describe("Older form: host:port."),
    sentinel_master: text("Name that the sentinels know the master by."),
    sentinel_role: z.enum(["master", "slave", "any"]).optional().describe("Which server to use."),
    sentinel_username: text("ACL user of the sentinels."),
    sentinel_password: secret("Password of the sentinels."),
    cloud_authentication: z
      .strictObject({
        auth_provider: z.enum(["aws", "azure", "gcp"]).optional(),
        aws_cache_name: text("ElastiCache name."),
        aws_region: text("AWS region."),
        aws_is_serverless: z.boolean().default(true),
        aws_access_key_id: secret("IAM access key."),
        aws_secret_access_key: secret("IAM secret key."),
        aws_assume_role_arn: text("Role to assume."),
        aws_role_session_name: text("Session name."),
        azure_client_id: text("Entra application."),
        azure_client_secret: secret("Entra secret."),
        azure_tenant_id: text("Entra tenant."),
        gcp_service_account_json: secret("Service account key."),
      })
      .optional()
      .describe("Tokens of a cloud in place of a password."),
  })
  .describe("Connection to Redis.");

const pgvectorSchema = z
  .strictObject({
    host: z.string().default("127.0.0.1").describe("Host."),
    port: z.int().min(0).max(65_535).default(5432).describe("Port."),
    database: z.string().default("kong-pgvector").describe("Database."),
    user: z.string().default("postgres").meta({ description: "User.", referenceable: true }),
    password: secret("Password."),
    ssl: z.boolean().default(false).describe("Whether to use TLS."),
    ssl_required: z.boolean().default(false).describe("Whether TLS is a must."),
    ssl_verify: z.boolean().default(true).describe("Whether to check the certificate."),
    ssl_version: z.enum(["tlsv1_2", "tlsv1_3", "any"]).default("tlsv1_2").describe("TLS version."),
    ssl_cert: text("Path of the client certificate."),
    ssl_cert_key: text("Path of its key."),
    timeout: z.number().default(5_000).describe("Milliseconds for a query."),
  })
  .describe("Connection to Postgres with pgvector.");

/** Where vectors are kept, and how near is near. */
export const vectordbSchema = z
  .strictObject({
    strategy: z
      .enum(["memory", "pgvector", "redis"])
      .describe("Where vectors are kept; memory needs no server."),
    dimensions: z.int().min(1).describe("Length of the vectors."),
    distance_metric: z.enum(["cosine", "euclidean"]).describe("How distance is measured."),
    threshold: z
      .number()
      .min(0)
      .default(0.2)
      .describe("Largest distance that is still a match: bigger is looser."),
    redis: redisSchema.prefault({}),
    pgvector: pgvectorSchema.prefault({}),
  })
  .superRefine(({ strategy, redis, pgvector }, context) => {
    try {
      if (strategy === "redis") topologyOf(redis);
      if (strategy === "pgvector") checkPostgres(pgvector);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      context.addIssue({ code: "custom", path: [strategy], message: cause.message });
    }
  })
  .describe("How vectors are kept and compared.");

export type VectordbOptions = z.output<typeof vectordbSchema>;
