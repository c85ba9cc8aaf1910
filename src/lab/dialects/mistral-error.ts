import type { Desk, Reply } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json.ts";
import { OpenAiRefusal } from "./openai-error.ts";

/** A refusal in the platform's own words, whatever shape those have. */
export class MistralRefusal extends Error {
  readonly reply: Reply;
  constructor(status: number, body: JsonObject) {
    super(JSON.stringify(body));
    this.reply = mistralReply(status, body);
  }
}

export function mistralReply(status: number, body: JsonObject): Reply {
  return {
    type: "reply",
    status,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify(body),
  };
}

/** An answer, or the refusal thrown on the way to it. */
export function orMistralRefusal<T>(attempt: () => T): T | Reply {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof MistralRefusal) return error.reply;
    if (error instanceof OpenAiRefusal) return invalid(error);
    throw error;
  }
}

/** What does not fit the API's definition is told as the framework does, with its place. */
function invalid({ message, detail }: OpenAiRefusal): Reply {
  const { param, code } = detail;
  const place = (param ?? "")
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const type = code === "missing_required_parameter" ? "missing" : (code ?? "value_error");
  return mistralReply(422, { detail: [{ type, loc: ["body", ...place], msg: message }] });
}

export function checkMistralKey(request: HttpRequest, desk: Desk): void {
  if (!desk.keys) return;
  const key = bearerOf(request);
  if (key === undefined || !desk.keys.has(key)) {
    throw new MistralRefusal(401, { detail: "Unauthorized" });
  }
}

interface ErrorText {
  readonly message: (model: string) => string;
  readonly type: string;
  readonly code: string;
}

const TEXTS: Readonly<Record<number, ErrorText>> = {
  400: { message: (model) => `Invalid model: ${model}`, type: "invalid_model", code: "1500" },
  404: { message: (model) => `Invalid model: ${model}`, type: "invalid_model", code: "1500" },
  429: { message: () => "Rate limit exceeded", type: "rate_limited", code: "1300" },
  503: { message: () => "Service unavailable.", type: "unreachable_backend", code: "1100" },
};

const INTERNAL: ErrorText = {
  message: () => "Internal server error",
  type: "internal_server_error",
  code: "1000",
};

/** The error the platform answers with this status. */
export function mistralStatusError(status: number, model: string): Reply {
  if (status === 401) return mistralReply(401, { detail: "Unauthorized" });
  const { message, type, code } = TEXTS[status] ?? INTERNAL;
  return mistralReply(status, {
    object: "error",
    message: message(model),
    type,
    param: null,
    code,
  });
}
