import type { Reply } from "../dialect.ts";
import { randomness } from "../randomness.ts";

/** A request Bedrock would refuse, in its own words. */
export class BedrockRefusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(message: string, type = "ValidationException", status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** The exception's name stands in a header, its sentence in the body. */
export function bedrockError(status: number, type: string, message: string): Reply {
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-requestid", requestId(`${status} ${message}`)],
      ["x-amzn-errortype", `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`],
    ],
    body: JSON.stringify({ message }),
  };
}

export function requestId(key: string): string {
  const hex = Array.from(randomness(0, key).token(32), (char) =>
    (char.charCodeAt(0) % 16).toString(16),
  ).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

interface ErrorText {
  readonly type: string;
  readonly message: string;
  /** A stream's own name for it. */
  readonly event: string;
}

const INTERNAL: ErrorText = {
  type: "InternalServerException",
  message: "The system encountered an unexpected error during processing. Try your request again.",
  event: "internalServerException",
};

const UNAVAILABLE: ErrorText = {
  type: "ServiceUnavailableException",
  message: "Bedrock is unable to process your request.",
  event: "serviceUnavailableException",
};

const INVALID: ErrorText = {
  type: "ValidationException",
  message: "The lab was asked to refuse this model's calls.",
  event: "validationException",
};

const MODEL: ErrorText = {
  type: "ModelErrorException",
  message: "The model returned an error while it processed the request.",
  event: "modelStreamErrorException",
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors */
const TEXTS: Readonly<Record<number, ErrorText>> = {
  400: INVALID,
  401: {
    type: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
    event: "validationException",
  },
  403: {
    type: "AccessDeniedException",
    message: "You don't have access to the model with the specified model ID.",
    event: "validationException",
  },
  404: {
    type: "ResourceNotFoundException",
    message: "Could not resolve the foundation model from the provided model identifier.",
    event: "validationException",
  },
  408: {
    type: "ModelTimeoutException",
    message: "The model did not answer in time.",
    event: "modelStreamErrorException",
  },
  424: MODEL,
  429: {
    type: "ThrottlingException",
    message: "Too many requests, please wait before trying again.",
    event: "throttlingException",
  },
  503: UNAVAILABLE,
  529: UNAVAILABLE,
};

function textOf(status: number): ErrorText {
  return TEXTS[status] ?? (status < 500 ? INVALID : INTERNAL);
}

export function bedrockStatusError(status: number): Reply {
  const { type, message } = textOf(status);
  return bedrockError(status, type, message);
}

export function bedrockStreamError(status: number): { event: string; message: string } {
  return textOf(status);
}
