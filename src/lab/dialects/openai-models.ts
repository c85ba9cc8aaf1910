import type { Dialect, Reply } from "../dialect.ts";
import { readModelName } from "../model-name.ts";
import { LAB_MODELS } from "../models.ts";
import { openAiError, openAiStatusError, openAiText } from "./openai-error.ts";
import { CREATED, checkKey, orRefusal } from "./openai-http.ts";

/** https://platform.openai.com/docs/api-reference/models */
export const openAiModels: Dialect = {
  name: "openai-models",
  serves: ({ path }) => /\/v1\/models(\/.+)?$/.test(path),
  receive: (request, desk) =>
    orRefusal(() => {
      checkKey(request, desk);
      if (request.method !== "GET") {
        return openAiError(405, `Not allowed to ${request.method} on ${request.path}.`, {
          code: "method_not_supported",
        });
      }
      const asked = /\/v1\/models\/(.+)$/.exec(request.path)?.[1];
      return asked === undefined ? list() : retrieve(decodeURIComponent(asked));
    }),
};

function list(): Reply {
  return ok({ object: "list", data: Object.keys(LAB_MODELS).map(model) });
}

function retrieve(id: string): Reply {
  return readModelName(id) === undefined ? openAiStatusError(404, id) : ok(model(id));
}

function model(id: string) {
  return { id, object: "model", created: CREATED, owned_by: "dragoman-lab" };
}

function ok(body: Readonly<Record<string, unknown>>): Reply {
  return {
    type: "reply",
    status: 200,
    headers: [["content-type", "application/json"]],
    body: openAiText(body),
  };
}
