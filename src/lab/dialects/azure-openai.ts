import { type Asked, type Dialect, type Frame, type Reply, sseFrame } from "../dialect.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import type { Script } from "../scenario.ts";
import { azureDeployment, openAiChat } from "./openai-chat.ts";

/**
 * OpenAI's API as Azure serves it: a deployment in the path, an API version in the query, the
 * verdicts of content filters in every answer.
 * https://learn.microsoft.com/azure/ai-services/openai/reference
 */
export const azureOpenAi: Dialect = {
  name: "azure-openai",
  serves: (request) =>
    azureDeployment(request) !== undefined && request.path.endsWith("/chat/completions"),
  receive(request, desk) {
    if (!request.query.has("api-version")) return azureError(404, "404", "Resource not found");
    const received = openAiChat.receive(request, desk);
    if (received.type === "asked") return filtered(received);
    return received.status === 401 ? ACCESS_DENIED : received;
  },
};

const ACCESS_DENIED = azureError(
  401,
  "401",
  "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
);

const NO_DEPLOYMENT = azureError(
  404,
  "DeploymentNotFound",
  "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
);

const RATE_LIMITED = azureError(
  429,
  "429",
  "Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 2 seconds.",
);

const ERRORS: Readonly<Record<number, Reply>> = {
  401: ACCESS_DENIED,
  404: NO_DEPLOYMENT,
  429: RATE_LIMITED,
};

function azureError(status: number, code: string, message: string): Reply {
  return {
    type: "reply",
    status,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ error: { code, message } }),
  };
}

const SAFE = { filtered: false, severity: "safe" };
const VERDICTS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE };
const PROMPT_VERDICTS = [{ prompt_index: 0, content_filter_results: VERDICTS }];

function filtered(asked: Asked): Asked {
  return {
    ...asked,
    whole: (scripts) =>
      JSON.stringify({
        ...judged(JSON.parse(asked.whole(scripts))),
        prompt_filter_results: PROMPT_VERDICTS,
      }),
    frames: (scripts) => framesOf(asked, scripts),
    error: (status) => ERRORS[status] ?? asked.error(status),
  };
}

/** The prompt's verdict comes as a chunk of its own, with no choice in it. */
function framesOf(asked: Asked, scripts: readonly Script[]): readonly Frame[] {
  const verdict = {
    choices: [],
    created: 0,
    id: "",
    model: "",
    object: "",
    prompt_filter_results: PROMPT_VERDICTS,
  };
  return [sseFrame("other", verdict), ...asked.frames(scripts).map(judgedFrame)];
}

function judgedFrame(frame: Frame): Frame {
  if (frame.part !== "delta" && frame.part !== "finish") return frame;
  const data: unknown = JSON.parse(
    Buffer.from(frame.bytes).toString("utf8").slice("data: ".length),
  );
  return isObject(data) ? sseFrame(frame.part, judged(data)) : frame;
}

function judged(answer: JsonObject): JsonObject {
  const choices = Array.isArray(answer["choices"]) ? answer["choices"].filter(isObject) : [];
  return {
    ...answer,
    choices: choices.map((choice) => ({ ...choice, content_filter_results: VERDICTS })),
  };
}
