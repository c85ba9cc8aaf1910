import { z } from "zod";
import { DEFAULT_SERVICE_TIMEOUT_MS } from "../../routing/entities.ts";
import { entityName, id, nested, tags, timestamps } from "./reference.ts";

const timeoutMs = (description: string) =>
  z.int().min(1).max(2_147_483_646).default(DEFAULT_SERVICE_TIMEOUT_MS).describe(description);

/** Protocols of the reference; those without a `true` are refused with a sentence. */
export const PROTOCOLS = {
  grpc: false,
  grpcs: false,
  http: true,
  https: true,
  tcp: false,
  tls: false,
  tls_passthrough: false,
  udp: false,
  ws: false,
  wss: false,
} as const;

export type Protocol = keyof typeof PROTOCOLS;

export const protocol = z.enum(Object.keys(PROTOCOLS) as [Protocol, ...Protocol[]]);

export const serviceSchema = z
  .strictObject({
    id,
    name: entityName.optional(),
    url: z
      .url({ protocol: /^[a-z_]+$/, error: ({ input }) => urlProblem(String(input)) })
      .optional()
      .describe("Short for protocol, host, port and path."),
    protocol: protocol.optional().describe("How the upstream is spoken to; http unless set."),
    host: z.string().min(1).optional().describe("Host of the upstream; required without a url."),
    port: z.int().min(0).max(65_535).optional().describe("Port of the upstream."),
    path: z
      .string()
      .regex(/^\//, "should start with: /")
      .optional()
      .describe("Prefix of upstream paths."),
    retries: z
      .int()
      .min(0)
      .max(32_767)
      .default(5)
      .describe("Further attempts while no connection can be made."),
    connect_timeout: timeoutMs(
      "Milliseconds for a connection to be made, TLS included; the wait for the headers goes on meanwhile. Through a forward proxy only that wait may hold.",
    ),
    write_timeout: timeoutMs(
      "Milliseconds to send the request; counted on one clock with the wait for the headers, which ends at the longer of the two.",
    ),
    read_timeout: timeoutMs(
      "Milliseconds for the answer's headers, and between two pieces of its body.",
    ),
    enabled: z.boolean().default(true).describe("Whether its routes are served."),
    tls_verify: z.boolean().optional().describe("Whether the upstream's certificate is checked."),
    tls_verify_depth: z.int().min(0).max(64).optional().describe("Longest chain of certificates."),
    client_certificate: z.unknown().optional().describe("Certificate shown to the upstream."),
    ca_certificates: z.array(z.string()).optional().describe("Authorities trusted instead."),
    tls_sans: z.unknown().optional().describe("Names expected in the upstream's certificate."),
    tags,
    ...timestamps,
    routes: nested("Routes that lead here."),
    plugins: nested("Plugins for every route that leads here."),
  })
  .superRefine((service, context) => {
    if (service.url === undefined && service.host === undefined) {
      context.addIssue({ code: "custom", message: "required field missing", path: ["host"] });
    }
    if (service.url === undefined || !URL.canParse(service.url)) return;
    if (!service.url.includes("//")) {
      context.addIssue({ code: "custom", message: urlProblem(service.url), path: ["url"] });
    }
    const { username, password, pathname } = new URL(service.url);
    if (username !== "" || password !== "") {
      const message = "a url with a user name or password is not built yet";
      context.addIssue({ code: "custom", message, path: ["url"] });
    }
    const doubled = ["protocol", "host", "port"] as const;
    const ownPath = pathname !== "/";
    for (const field of ownPath ? [...doubled, "path" as const] : doubled) {
      if (service[field] === undefined) continue;
      const message = `only one or none of these fields must be set: 'url', '${field}'`;
      context.addIssue({ code: "custom", message, path: [field] });
    }
  });

/** `localhost:8080` is a URL too, of a protocol that is called localhost. */
function urlProblem(written: string): string {
  const [authority] = /^[\w.-]+:\d+(?=$|\/)/.exec(written) ?? [];
  return authority === undefined ? "expected a URL" : `expected a URL: write http://${authority}`;
}
