import { say } from "../gateway/operator-log.ts";
import { processRegistry } from "../telemetry/gateway-metrics.ts";
import { METRICS_CONTENT_TYPE } from "../telemetry/metrics.ts";
import { redactText } from "../telemetry/redact.ts";
import { isHost, isLocalHost, isLoopback } from "./host-guard.ts";

export interface AdminOptions {
  readonly hostname: string;
  readonly port: number;
  /** Why no new calls should come here, or undefined when they may. */
  notReady(): string | undefined;
}

/**
 * The listener for whoever runs the gateway: `/livez`, `/readyz` (and Kong's `/status`, `/status/ready`),
 * `/metrics`, and `/openapi.json`, which describes what clients ask. It changes nothing and needs no
 * credentials; it listens on the loopback address unless told otherwise, and there answers nobody
 * who takes it for a name on the web.
 */
export function startAdminServer(options: AdminOptions) {
  const routes: Readonly<Record<string, () => Response | Promise<Response>>> = {
    "/livez": () => Response.json({ status: "ok" }),
    "/status": () => Response.json({ status: "ok" }),
    "/readyz": readiness,
    "/status/ready": readiness,
    "/metrics": () =>
      new Response(processRegistry.text(), { headers: { "content-type": METRICS_CONTENT_TYPE } }),
    "/openapi.json": description,
  };

  /** Its schemas take 15 ms to build: not before somebody asks. */
  async function description(): Promise<Response> {
    const { openApiDocument } = await import("./openapi.ts");
    return Response.json(openApiDocument());
  }

  function readiness(): Response {
    const reason = options.notReady();
    if (reason === undefined) return Response.json({ status: "ok" });
    return Response.json({ status: "not ready", reason }, { status: 503 });
  }

  const guarded = isLoopback(options.hostname);

  return Bun.serve({
    hostname: options.hostname,
    port: options.port,
    maxRequestBodySize: 1024 * 1024,
    // In development Bun answers an error with a page that shows the machine and the source.
    development: false,
    error: failed,
    fetch(request) {
      const host = request.headers.get("host");
      // Health checks over HTTP/1.0 send none.
      if (host !== null && !isHost(host)) {
        return Response.json({ message: "The request's Host is none" }, { status: 400 });
      }
      if (guarded && !isLocalHost(host)) {
        const message = "Misdirected request; ask for this listener by its address";
        return Response.json({ message }, { status: 421 });
      }
      const route = routes[pathOf(request.url)];
      if (!route) {
        const known = Object.keys(routes).join(", ");
        return Response.json({ message: `Not found; here are ${known}` }, { status: 404 });
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        return Response.json({ message: "Method not allowed" }, { status: 405 });
      }
      return route();
    },
  });
}

/** Bun's URL of a request without a `Host` is its target alone. */
const PATH = /^(?:http:\/\/[^/]*)?(\/[^?#]*)/;

function pathOf(url: string): string {
  return PATH.exec(url)?.[1] ?? "";
}

function failed(error: Error): Response {
  const [firstLine = ""] = error.message.split("\n");
  say("error", `dragoman: the admin listener failed: ${redactText(firstLine)}`);
  return Response.json({ message: "An unexpected error occurred" }, { status: 500 });
}
