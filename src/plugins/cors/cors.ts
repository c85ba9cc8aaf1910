import { HeaderMap } from "../../framing/header-map.ts";
import type { Call, Middleware, Next } from "../../gateway/call/call.ts";
import type { ClientRequest } from "../../gateway/call/client.ts";
import { asGatewayError, plainErrorReply } from "../../gateway/call/error-reply.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { definePlugin } from "../define-plugin.ts";
import { allowedOrigins, type CorsOptions, corsOptions } from "./options.ts";

const ALLOW_ORIGIN = "access-control-allow-origin";

/** https://developer.konghq.com/plugins/cors/ and https://fetch.spec.whatwg.org/#http-cors-protocol */
export const cors = definePlugin({
  name: "cors",
  priority: 2000,
  about: "Lets pages in browsers call from other origins, and answers their preflights.",
  options: corsOptions,
  scopes: ["route", "service"],
  create: (options) => ({ handle: middleware(options) }),
});

function middleware(options: CorsOptions): Middleware {
  const allowed = allowedOrigins(options.origins);

  /** Says who may read the answer; a word of the upstream's own gives way. */
  function allowOrigin(headers: HeaderMap, origin: string | null): void {
    const { value, varies } = allowed(origin);
    if (varies) vary(headers);
    if (value === undefined) {
      headers.delete(ALLOW_ORIGIN);
      return;
    }
    headers.set(ALLOW_ORIGIN, value);
    if (!options.credentials) return;
    // Browsers take no `*` together with credentials.
    if (value === "*" && origin !== null) {
      vary(headers);
      headers.set(ALLOW_ORIGIN, origin);
    }
    headers.set("access-control-allow-credentials", "true");
  }

  function preflight({ headers: asked }: ClientRequest): Reply {
    const headers = HeaderMap.of();
    allowOrigin(headers, asked.get("origin"));
    const requested = asked.get("access-control-request-headers");
    const sendable = options.headers.length > 0 ? options.headers.join(",") : requested;
    if (sendable) headers.set("access-control-allow-headers", sendable);
    headers.set("access-control-allow-methods", options.methods.join(","));
    if (options.max_age !== undefined) {
      headers.set("access-control-max-age", String(options.max_age));
    }
    if (options.private_network && asked.get("access-control-request-private-network") === "true") {
      headers.set("access-control-allow-private-network", "true");
    }
    return { status: 200, headers, body: { type: "whole", bytes: new Uint8Array() } };
  }

  return async (call, next) => {
    const { request } = call;
    if (isPreflight(request) && !options.preflight_continue) return preflight(request);
    const reply = await answered(call, next);
    const origin = request.headers.get("origin");
    if (origin === null && !options.allow_origin_absent) return reply;
    allowOrigin(reply.headers, origin);
    const { exposed_headers: exposed } = options;
    if (exposed.length > 0) {
      reply.headers.set("access-control-expose-headers", exposed.join(","));
    }
    return reply;
  };
}

function isPreflight({ method, headers }: ClientRequest): boolean {
  return (
    method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method")
  );
}

/** A page is to read what went wrong, too. */
async function answered(call: Call, next: Next): Promise<Reply> {
  try {
    return await next(call);
  } catch (thrown) {
    const error = asGatewayError(thrown);
    call.record.error = error;
    return plainErrorReply(error, call.id);
  }
}

function vary(headers: HeaderMap): void {
  const names = headers.get("vary");
  const isNamed = names?.split(",").some((name) => /^(?:\*|origin)$/i.test(name.trim()));
  if (!isNamed) headers.append("vary", "Origin");
}
