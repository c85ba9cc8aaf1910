import { createGateway, type Gateway } from "../app.ts";
import { GatewayError } from "../chat/error.ts";
import { foldedName } from "../chat/folded-name.ts";
import { isJsonObject, type JsonObject } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";
import { redact } from "../config/redact.ts";
import { HeaderMap } from "../framing/header-map.ts";
import type { Outgoing, Send } from "../gateway/call/upstream.ts";
import { createProcessState } from "../gateway/create-process-state.ts";
import type { Route } from "../routing/entities.ts";
import { NOBODY } from "../server/client-presence.ts";
import { type Arrival, openCall, openCallRecord } from "../server/open-call.ts";
import { redactHeaders, redactUri } from "../telemetry/redact.ts";
import { defineCommand, print, UsageError } from "./command.ts";
import { problemLine, readConfig, readText } from "./source.ts";

export const explain = defineCommand({
  name: "explain",
  about: "Shows what a file compiles into; with a request, where it would go. Nothing is sent.",
  operands: "FILE [REQUEST.json]",
  options: {
    json: { type: "boolean", about: "List the problems of a file that has some as JSON, too." },
  },
  async run({ json }, [file, requestFile, ...more]) {
    if (file === undefined || more.length > 0)
      throw new UsageError("name a file, and a request if you like");
    const result = readConfig(file);
    if (!("config" in result)) {
      const { problems } = result;
      if (json) await print(JSON.stringify({ valid: false, problems }, null, 2));
      else for (const problem of problems) console.error(problemLine(problem));
      return 1;
    }
    if (requestFile === undefined) {
      await print(JSON.stringify(entities(redact(result.config)), null, 2));
      return 0;
    }
    const gateway = createGateway(result.config, createProcessState());
    const explained = await explainRequest(gateway, readRequest(requestFile));
    await print(JSON.stringify(explained, null, 2));
    return explained.upstream ? 0 : 1;
  },
});

/** The entities without the code behind them. */
function entities(config: ReturnType<typeof redact>) {
  const plugins = config.plugins.map(({ definition, ...plugin }) => ({
    ...plugin,
    priority: definition.priority,
  }));
  return { ...config, plugins };
}

/** Either `{method, path, headers, body}` or just an LLM request's body. */
function readRequest(file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${file} is not JSON: ${error.message}`);
  }
  if (!isJsonObject(value)) throw new UsageError(`${file} holds no JSON object`);
  return value;
}

export interface Explained {
  readonly request: { readonly method: string; readonly path: string };
  readonly route?: string;
  /** Outermost first. */
  readonly plugins: readonly string[];
  readonly target?: { readonly provider: string; readonly model: string };
  readonly upstream?: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  /** How the prompt stands to the rules of a guard by meaning, where no vendor need be asked for that. */
  readonly guard?: unknown;
  /** Under what an answer is looked for before it is sent, where answers are kept. */
  readonly cache?: unknown;
  /** What the target cannot carry. */
  readonly notices?: readonly Notice[];
  /** What the client would get instead, where nothing would be sent. */
  readonly answer?: { readonly status: number; readonly body: unknown };
}

/** Follows a request to the point where it would be sent. */
export async function explainRequest(gateway: Gateway, described: JsonObject): Promise<Explained> {
  const request = requestOf(described, gateway);
  const headers = HeaderMap.received(request.headers);
  const record = openCallRecord(request, headers, "127.0.0.1");
  let sent: Outgoing | undefined;
  const send: Send = (outgoing) => {
    sent = outgoing;
    return Promise.reject(new GatewayError("client_aborted", "explained, not sent"));
  };
  const arrival = { request, headers, record, gateway, send, client: NOBODY };
  const { route, answer } = await followed(arrival);
  const { attempts, notices, consumer, secretNames } = record;
  const guard = record.plugins?.["proxy.semantic-prompt-guard"];
  const base = {
    request: { method: request.method, path: new URL(request.url).pathname },
    ...(route && { route: route.name ?? route.id }),
    plugins: route ? gateway.plugins(route, consumer).map(({ name }) => name) : [],
    ...(guard !== undefined && { guard }),
  };
  if (!sent) return { ...base, answer };
  const [attempt] = attempts;
  return {
    ...base,
    ...(attempt &&
      attempt.provider !== "" && {
        target: { provider: attempt.provider, model: attempt.model },
      }),
    ...(record.plugins?.["proxy.cache"] !== undefined && { cache: record.plugins["proxy.cache"] }),
    ...(notices.length > 0 && { notices }),
    upstream: await upstreamOf(sent, secretNames),
  };
}

interface Followed {
  readonly route: Route | undefined;
  readonly answer: NonNullable<Explained["answer"]>;
}

/** A proxy plugin makes an answer of whatever keeps a call from being sent; a plain route throws it. */
async function followed(arrival: Arrival): Promise<Followed> {
  let route: Route | undefined;
  try {
    const call = openCall(arrival, { allowDebugHeader: false });
    route = call.route;
    const { status, body } = await arrival.gateway.handle({ ...call, isRehearsal: true });
    return { route, answer: await answerOf(status, body) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { route, answer: { status: error.status, body: { message: error.message } } };
  }
}

/** Throws `UsageError` for what is no request. */
function requestOf(described: JsonObject, gateway: Gateway): Request {
  const isBody = ["messages", "prompt", "input"].some((name) => described[name] !== undefined);
  const { method = "POST", path, headers, body } = isBody ? { body: described } : described;
  const target = typeof path === "string" ? path : firstPath(gateway);
  if (!target.startsWith("/")) {
    throw new UsageError(`the request's path '${target}' does not begin with a /`);
  }
  try {
    return new Request(`http://localhost${target}`, {
      method: String(method),
      headers: { host: "localhost", "content-type": "application/json", ...stringMembers(headers) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`no client could send this request: ${reason}`);
  }
}

function firstPath(gateway: Gateway): string {
  const path = gateway.routes.flatMap(({ paths }) => paths).find((one) => !one.startsWith("~"));
  return path ?? "/";
}

function stringMembers(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
}

async function upstreamOf(sent: Outgoing, secretNames: ReadonlySet<string> | undefined) {
  const { method, url, headers } = sent;
  const body =
    sent.body instanceof ReadableStream ? await new Response(sent.body).bytes() : sent.body;
  return {
    method,
    url: redactUri(url.replace(/^(\w+:\/\/)[^/?#]*@/, "$1"), secretNames),
    headers: redactHeaders(HeaderMap.of(Object.entries(headers)), secretNames),
    ...(body !== undefined && { body: bodyOf(body, secretNames) }),
  };
}

function bodyOf(body: string | Uint8Array, secretNames: ReadonlySet<string> | undefined): unknown {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return value;
    const hidden = Object.keys(value).filter((name) => secretNames?.has(foldedName(name)));
    return { ...value, ...Object.fromEntries(hidden.map((name) => [name, "***"])) };
  } catch {
    return text;
  }
}

async function answerOf(status: number, body: { type: string; bytes?: Uint8Array }) {
  const text = body.bytes ? new TextDecoder().decode(body.bytes) : "";
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch {
    return { status, body: text };
  }
}
