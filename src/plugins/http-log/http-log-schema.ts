import { z } from "zod";
import { customFieldsSchema, queueSchema } from "../../telemetry/queue.ts";

const RESERVED_HEADERS: Readonly<Record<string, string>> = {
  host: "cannot contain 'host' header",
  "content-length": "cannot contain 'content-length' header",
  "content-type": "cannot contain 'content-type' header, use 'config.content_type' instead",
};

const headersSchema = z
  .record(z.string(), z.string().meta({ secret: true, referenceable: true }))
  .default({})
  .superRefine((headers, context) => {
    for (const name of Object.keys(headers)) {
      const message = RESERVED_HEADERS[name.toLowerCase()];
      if (message) context.addIssue({ code: "custom", message, path: [name] });
    }
  })
  .describe("Headers sent with every batch; not Host, Content-Length or Content-Type.");

const deprecated = (description: string) =>
  z.int().min(0).optional().meta({ description, deprecated: true });

export const httpLogSchema = z
  .strictObject({
    http_endpoint: z.string().refine(isEndpoint, "must be an http or https URL with a host").meta({
      description:
        "URL that records are sent to; user and password in it are sent as Basic credentials.",
      secret: true,
      referenceable: true,
    }),
    method: z.enum(["POST", "PUT", "PATCH"]).default("POST").describe("Method of the request."),
    content_type: z
      .enum(["application/json", "application/json; charset=utf-8"])
      .default("application/json")
      .describe("Content type of the request."),
    timeout: z
      .int()
      .min(1)
      .default(10_000)
      .describe("Milliseconds that one delivery may take, connecting included."),
    keepalive: z
      .number()
      .default(60_000)
      .describe(
        "Milliseconds that an idle connection is kept, accepted for compatibility; the connection pool decides.",
      ),
    headers: headersSchema,
    ssl_verify: z
      .boolean()
      .default(true)
      .describe("Whether the receiver's certificate is checked."),
    client_certificate: z
      .unknown()
      .optional()
      .refine((value) => value === undefined || value === null, {
        message: "client certificates are not supported for http-log; remove client_certificate",
      })
      .describe("Certificate shown to the receiver; not supported, so it must be unset."),
    queue: queueSchema,
    custom_fields_by_lua: customFieldsSchema,
    retry_count: deprecated("Replaced by `queue.max_retry_time`; 0 means no retry."),
    queue_size: deprecated("Replaced by `queue.max_batch_size`."),
    flush_timeout: z.number().min(0).optional().meta({
      description: "Seconds; replaced by `queue.max_coalescing_delay`.",
      deprecated: true,
    }),
  })
  .superRefine((config, context) => {
    const named = Object.keys(config.headers).some(
      (name) => name.toLowerCase() === "authorization",
    );
    if (!named || !hasUserInfo(config.http_endpoint)) return;
    context.addIssue({
      code: "custom",
      message:
        "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed",
      path: ["@entity"],
    });
  });

export type HttpLogConfig = z.output<typeof httpLogSchema>;

function isEndpoint(text: string): boolean {
  if (text.startsWith("{vault://")) return true;
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "";
}

function hasUserInfo(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== "" || url.password !== "");
}
