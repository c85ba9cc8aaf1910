import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { nearest } from "../../chat/nearest.ts";
import type { ShownModel as ListedModel, ModelListWriter } from "../../formats/wire-format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import { formatFor } from "../../gateway/call/asked-format.ts";
import type { Call } from "../../gateway/call/call.ts";
import { errorReply } from "../../gateway/call/error-reply.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { type Allowance, allowancesOf } from "../allowance.ts";
import { definePlugin } from "../define-plugin.ts";
import { type KnownModels, knownModels } from "./known-models.ts";

const modelListOptions = z.strictObject({
  models: z
    .record(
      z.string(),
      z.strictObject({
        balance: z.string().optional().describe("How several targets share the calls."),
        targets: z.array(z.string()).optional().describe("`provider/model` of each of several."),
      }),
    )
    .default({})
    .describe("Public model name → who serves it, where that is more than one target."),
  providers: z
    .record(z.string(), targetSchema)
    .default({})
    .describe("Provider name → a target of it, which says where and with what key it is asked."),
  list: z
    .enum(["all", "configured"])
    .default("all")
    .describe(
      "Whether providers' own models are listed, as `provider/model`, or the public names alone.",
    ),
  allowed_models: z
    .record(z.string(), z.array(z.string().min(1)))
    .default({})
    .describe(
      "Username of a consumer → the only models it is shown; a name may end in `*`. Others see all.",
    ),
});

type ModelListOptions = z.output<typeof modelListOptions>;

export const modelList = definePlugin({
  name: "model-list",
  priority: 770,
  about: "Lists the models that can be called, at `/v1/models` and `/v1/models/{model}`.",
  options: modelListOptions,
  scopes: ["route", "service"],
  create(options, { processState }) {
    const list = modelsOf(options, processState.operatorLog);
    const allowances = allowancesOf(options);
    return {
      handle(call, next) {
        const { method, path } = call.request;
        const asked = MODELS_PATH.exec(path);
        if (!asked || (method !== "GET" && method !== "HEAD")) return next(call);
        const wanted = asked[1] === undefined ? undefined : decoded(asked[1]);
        return list(call, wanted, allowances.get(call.consumer?.username ?? ""));
      },
    };
  },
});

const MODELS_PATH = /\/models(?:\/(.+)|\/)?$/;

/** A model as OpenAI's API shows it; clients pass over members they do not know. */
interface ShownModel {
  readonly id: string;
  readonly object: "model";
  /** Seconds since 1970; absent where nobody knows. */
  readonly created?: number;
  readonly owned_by: string;
}

/**
 * In OpenAI's shape (https://platform.openai.com/docs/api-reference/models/list): the configured
 * names, and what providers list themselves. A provider whose models are not known is among
 * `unlisted`, with the reason.
 */
function modelsOf({ models, providers, list }: ModelListOptions, operatorLog: OperatorLog) {
  const named = Object.entries(models).map(([id, more]) => ({ ...shown(id, "dragoman"), ...more }));
  const sources = new Map(
    Object.entries(providers).map(([name, config]) => [
      name,
      knownModels(name, config, operatorLog),
    ]),
  );

  async function ofProvider(name: string, call: Call) {
    const known: KnownModels = (await sources.get(name)?.(call.request.headers)) ?? { models: [] };
    const models = known.models.map(({ id, createdS }) => shown(`${name}/${id}`, name, createdS));
    return { provider: name, models, reason: known.problem };
  }

  return async (call: Call, wanted: string | undefined, allowance?: Allowance): Promise<Reply> => {
    const isAllowed = ({ id }: ShownModel) => allowance?.has(id) ?? true;
    if (wanted === undefined) {
      const asked = list === "all" ? [...sources.keys()] : [];
      const listed = await Promise.all(asked.map((name) => ofProvider(name, call)));
      const data = [...named, ...listed.flatMap((one) => one.models)].filter(isAllowed);
      const unlisted = listed.flatMap(({ provider, reason }) =>
        reason ? [{ provider, reason }] : [],
      );
      const writer = writerFor(call);
      if (writer) return json(writer.all(data.map(plain)));
      return json({ object: "list", data, ...(unlisted.length > 0 && { unlisted }) });
    }
    const own = named.filter(isAllowed).find(({ id }) => id === wanted);
    const show = (one: ShownModel) => json(writerFor(call)?.one(plain(one)) ?? one);
    if (own) return show(own);
    const provider = [...sources.keys()].find((name) => wanted.startsWith(`${name}/`));
    const offered = provider ? (await ofProvider(provider, call)).models.filter(isAllowed) : [];
    const found = offered.find(({ id }) => id === wanted);
    if (found) return show(found);
    const candidates = [...named.filter(isAllowed), ...offered].map(({ id }) => id);
    return errorReply(notListed(wanted, nearest(wanted, candidates)), formatFor(call), call.id);
  };
}

/** How the dialect of whoever asks lists models, where it is another than the common one. */
function writerFor(call: Call): ModelListWriter | undefined {
  return formatFor(call).modelList;
}

function plain({ id, created }: ShownModel): ListedModel {
  return created === undefined ? { id } : { id, createdS: created };
}

function shown(id: string, owner: string, createdS?: number): ShownModel {
  const created = createdS === undefined ? {} : { created: createdS };
  return { id, object: "model", ...created, owned_by: owner };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function notListed(name: string, guess: string | undefined): GatewayError {
  const hint = guess === undefined ? "" : `. Did you mean '${guess}'?`;
  return new GatewayError("not_found", `The model '${name}' does not exist here${hint}`, {
    vendor: { type: "invalid_request_error", code: "model_not_found", param: "model" },
  });
}

function json(value: unknown): Reply {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const headers = HeaderMap.of([["content-type", "application/json"]]);
  return { status: 200, headers, body: { type: "whole", bytes } };
}
