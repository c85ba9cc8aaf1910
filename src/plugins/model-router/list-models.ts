import { GatewayError } from "../../chat/error.ts";
import { isJsonObject } from "../../chat/json.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Call } from "../../gateway/call.ts";
import { errorReply } from "../../gateway/error-reply.ts";
import type { Reply } from "../../gateway/reply.ts";
import { compileTarget } from "../../providers/target.ts";
import { upstreamRequest } from "../../providers/upstream-request.ts";
import type { BalancerOptions } from "../balancer-schema.ts";
import type { Allowance } from "./allowance.ts";
import type { ModelRouterOptions } from "./options.ts";
import { KEY_ROTATION, type Serving } from "./serving.ts";

function prefixed(provider: string, id: string): string {
  return id.startsWith(`${provider}/`) ? id : `${provider}/${id}`;
}

const FRESH_MS = 60_000;
const TIMEOUT_MS = 2_000;
const MAX_LISTED = 2_000;

/** `/v1/models`, or one of them. */
const MODELS_PATH = /\/models(?:\/(.+)|\/)?$/;

export function isAboutModels(path: string): boolean {
  return MODELS_PATH.test(path);
}

/**
 * Answers `GET /v1/models` and `GET /v1/models/{model}` in OpenAI's shape (https://platform.openai.com/docs/api-reference/models/list):
 * the configured names, and the models that providers list themselves as `provider/model`. A
 * provider that does not answer within two seconds is left out, not waited for.
 */
export function listModels(
  { providers, balancers }: ModelRouterOptions,
  named: ReadonlyMap<string, Serving>,
) {
  const sources = Object.entries(providers).map(([name, config]) => {
    const target = compileTarget(config);
    return { name, list: remembered((call) => providerModels(target, call)) };
  });

  return async (call: Call, format: WireFormat, allowance?: Allowance): Promise<Reply> => {
    const { method, path } = call.request;
    if (method !== "GET" && method !== "HEAD") {
      const message = `${method} is not served here: models can be listed, with GET`;
      return errorReply(new GatewayError("method_not_allowed", message), format, call.id);
    }
    const listed = await Promise.all(
      sources.map(async ({ name, list }) =>
        (await list(call)).map((id) => ({ id: prefixed(name, id), owner: name, more: {} })),
      ),
    );
    const own = [...named].map(([id, serving]) => ({
      id,
      owner: "dragoman",
      more: balanceOf(serving, balancers[id]),
    }));
    const all = [...own, ...listed.flat()].filter(({ id }) => allowance?.has(id) ?? true);
    const data = all.map(({ id, owner, more }) => ({
      id,
      object: "model",
      created: 0,
      owned_by: owner,
      ...more,
    }));
    const wanted = nameIn(path);
    if (wanted === undefined) return jsonReply({ object: "list", data });
    const found = data.find(({ id }) => id === wanted);
    return found ? jsonReply(found) : errorReply(notListed(wanted), format, call.id);
  };
}

/** Members beside OpenAI's: clients pass over what they do not know. */
function balanceOf(serving: Serving, balancer: BalancerOptions = KEY_ROTATION): object {
  if (serving.type === "one") return {};
  const targets = serving.pool.members.map(
    ({ target: { name, config } }) => `${name}/${config.model.name ?? ""}`,
  );
  return { balance: balancer.algorithm, targets };
}

function nameIn(path: string): string | undefined {
  const [, name] = MODELS_PATH.exec(path) ?? [];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function notListed(name: string): GatewayError {
  return new GatewayError("not_found", `The model '${name}' does not exist here`, {
    vendor: { type: "invalid_request_error", code: "model_not_found", param: "model" },
  });
}

function jsonReply(value: unknown): Reply {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    status: 200,
    headers: HeaderMap.of([["content-type", "application/json"]]),
    body: { type: "whole", bytes },
  };
}

type List = (call: Call) => Promise<readonly string[]>;

function remembered(list: List): List {
  let known: Promise<readonly string[]> | undefined;
  let freshUntilMs = 0;
  return (call) => {
    const nowMs = performance.now();
    if (known && nowMs < freshUntilMs) return known;
    freshUntilMs = nowMs + FRESH_MS;
    known = list(call);
    return known;
  };
}

/** Where an OpenAI-style server lists its models: beside its chat operation. */
const CHAT_PATH = /\/(?:chat\/completions|completions)(?=\?|$)/;

async function providerModels(
  target: ReturnType<typeof compileTarget>,
  call: Call,
): Promise<readonly string[]> {
  const resolved = target.resolve({ headers: call.request.headers, search: "", captures: {} });
  const { url, headers } = upstreamRequest(resolved, {
    method: "GET",
    path: "/",
    clientPath: "/",
    search: "",
    headers: HeaderMap.of(),
    model: "",
    stream: false,
    jsonBody: false,
  });
  if (!CHAT_PATH.test(url)) return [];
  try {
    const response = await fetch(url.replace(CHAT_PATH, "/models"), {
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return modelIds(await response.json());
  } catch {
    // A provider that cannot be asked just now serves its models all the same; it lists none.
    return [];
  }
}

function modelIds(answer: unknown): readonly string[] {
  if (!isJsonObject(answer) || !Array.isArray(answer["data"])) return [];
  const ids = answer["data"].flatMap((model) =>
    isJsonObject(model) && typeof model["id"] === "string" ? [model["id"]] : [],
  );
  return ids.slice(0, MAX_LISTED);
}
