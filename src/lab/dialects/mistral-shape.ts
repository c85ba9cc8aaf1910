import type { Desk, Reply } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";
import { OpenAiRefusal } from "./openai-http.ts";

// https://docs.mistral.ai/api/#tag/chat/operation/chat_completion_v1_chat_completions_post

const string: Shape = { is: "string" };
const optionalString: Shape = { is: "string", nullable: true };
const openObject: ObjectShape = { is: "object", members: {}, open: true };
/** The platform's own; others are refused. */
const callId: Shape = { is: "string", pattern: /^[a-zA-Z0-9]{9}$/ };

function object(
  members: Readonly<Record<string, Shape>>,
  required?: readonly string[],
): ObjectShape {
  return { is: "object", members, required: required ?? Object.keys(members) };
}

const textPart = object({ type: string, text: string });

const parts: Shape = {
  is: "either",
  nullable: true,
  options: [
    string,
    {
      is: "array",
      of: {
        is: "tagged",
        tag: "type",
        variants: {
          text: textPart,
          image_url: object({
            type: string,
            image_url: {
              is: "either",
              options: [string, object({ url: string, detail: optionalString }, ["url"])],
            },
          }),
          document_url: object(
            { type: string, document_url: string, document_name: optionalString },
            ["type", "document_url"],
          ),
          input_audio: object({ type: string, input_audio: string }),
          thinking: object(
            {
              type: string,
              thinking: { is: "array", of: openObject },
              signature: optionalString,
              closed: { is: "boolean" },
            },
            ["type", "thinking"],
          ),
          reference: openObject,
          file: object({ type: string, file_id: string }, ["file_id"]),
        },
      },
    },
  ],
};

const toolCall = object(
  {
    id: callId,
    type: string,
    index: { is: "integer" },
    function: object({
      name: string,
      arguments: { is: "either", options: [string, openObject] },
    }),
  },
  ["function"],
);

const message: Shape = {
  is: "tagged",
  tag: "role",
  variants: {
    system: object({ role: string, content: parts }),
    user: object({ role: string, content: parts }),
    assistant: object(
      {
        role: string,
        content: parts,
        tool_calls: { is: "array", of: toolCall, nullable: true },
        prefix: { is: "boolean" },
      },
      [],
    ),
    tool: object({ role: string, content: parts, tool_call_id: callId, name: optionalString }, [
      "content",
    ]),
  },
};

const tool = object({
  type: { is: "string", oneOf: ["function"] },
  function: object(
    {
      name: { is: "string", pattern: /^[a-zA-Z0-9_-]{1,64}$/ },
      description: string,
      strict: { is: "boolean" },
      parameters: openObject,
    },
    ["name", "parameters"],
  ),
});

export const MISTRAL_CHAT: ObjectShape = object(
  {
    model: string,
    messages: { is: "array", of: message, min: 1 },
    temperature: { is: "decimal", min: 0, max: 1.5, nullable: true },
    top_p: { is: "decimal", min: 0, max: 1, nullable: true },
    max_tokens: { is: "integer", min: 0, nullable: true },
    stream: { is: "boolean" },
    stop: {
      is: "either",
      nullable: true,
      options: [string, { is: "array", of: string }],
    },
    random_seed: { is: "integer", min: 0, nullable: true },
    metadata: { ...openObject, nullable: true },
    response_format: object(
      {
        type: { is: "string", oneOf: ["text", "json_object", "json_schema"] },
        json_schema: {
          ...object(
            {
              name: string,
              description: optionalString,
              schema: openObject,
              strict: { is: "boolean" },
            },
            ["name", "schema"],
          ),
          nullable: true,
        },
      },
      [],
    ),
    tools: { is: "array", of: tool, nullable: true },
    tool_choice: {
      is: "either",
      options: [
        { is: "string", oneOf: ["auto", "none", "any", "required"] },
        object({ type: string, function: object({ name: string }) }, ["function"]),
      ],
    },
    presence_penalty: { is: "decimal", min: -2, max: 2, nullable: true },
    frequency_penalty: { is: "decimal", min: -2, max: 2, nullable: true },
    n: { is: "integer", min: 1, nullable: true },
    prediction: openObject,
    parallel_tool_calls: { is: "boolean" },
    reasoning_effort: {
      is: "string",
      oneOf: ["none", "minimal", "low", "medium", "high", "xhigh"],
      nullable: true,
    },
    prompt_mode: { is: "string", oneOf: ["reasoning"], nullable: true },
    guardrails: { is: "array", of: openObject, nullable: true },
    prompt_cache_key: optionalString,
    service_tier: { is: "string", oneOf: ["auto", "standard_only"], nullable: true },
    safe_prompt: { is: "boolean" },
  },
  ["model", "messages"],
);

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
export function orMistralRefusal<T>(read: () => T): T | Reply {
  try {
    return read();
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
