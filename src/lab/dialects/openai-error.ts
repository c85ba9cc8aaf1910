import type { Reply } from "../dialect.ts";
import type { JsonObject } from "../json.ts";
import { randomness } from "../randomness.ts";

/** A request OpenAI would refuse, in its own words. https://platform.openai.com/docs/guides/error-codes */
export class OpenAiRefusal extends Error {
  readonly status: number;
  readonly detail: OpenAiErrorDetail;
  constructor(detail: OpenAiErrorDetail & { message: string; status?: number }) {
    super(detail.message);
    this.status = detail.status ?? 400;
    this.detail = detail;
  }
}

export interface OpenAiErrorDetail {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** OpenAI indents what it does not stream. */
export function openAiText(body: JsonObject): string {
  return `${JSON.stringify(body, null, 2)}\n`;
}

export function openAiError(
  status: number,
  message: string,
  detail: OpenAiErrorDetail = {},
): Reply {
  const { type = "invalid_request_error", param = null, code = null } = detail;
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-request-id", `req_${randomness(status, message).token(32).toLowerCase()}`],
    ],
    body: openAiText({ error: { message, type, param, code } }),
  };
}

interface ErrorText extends OpenAiErrorDetail {
  readonly message: (model: string) => string;
}

const SERVER_ERROR: ErrorText = {
  message: () => "The server had an error while processing your request. Sorry about that!",
  type: "server_error",
};

const OVERLOADED: ErrorText = {
  message: () => "The engine is currently overloaded, please try again later.",
  type: "server_error",
};

const TEXTS: Readonly<Record<number, ErrorText>> = {
  400: { message: () => "Invalid request: the lab was asked to refuse this model's calls." },
  401: {
    message: () =>
      "Incorrect API key provided: sk-lab**. You can find your API key at https://platform.openai.com/account/api-keys.",
    code: "invalid_api_key",
  },
  403: {
    message: (model) => `Project \`proj_lab\` does not have access to model \`${model}\``,
    code: "model_not_found",
  },
  404: {
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
    code: "model_not_found",
  },
  429: {
    message: (model) =>
      `Rate limit reached for ${model} in organization org-lab on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: "requests",
    code: "rate_limit_exceeded",
  },
  503: OVERLOADED,
  529: OVERLOADED,
};

/** The error OpenAI answers with this status. */
export function openAiStatusError(status: number, model: string): Reply {
  const fallback = status < 500 ? TEXTS[400] : SERVER_ERROR;
  const { message, ...detail } = TEXTS[status] ?? fallback ?? SERVER_ERROR;
  return openAiError(status, message(model), detail);
}
