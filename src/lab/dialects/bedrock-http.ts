import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Reply } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { randomness } from "../randomness.ts";

/**
 * Accepts a Bedrock API key among the keys, or a request signed with one of them written as
 * `<access key id>:<secret>` (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function checkCredential(request: HttpRequest, keys: ReadonlySet<string> | undefined): void {
  if (!keys) return;
  const authorization = request.headers.get("authorization");
  if (authorization === null) {
    throw denied("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const bearer = /^Bearer (\S+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) checkSignature(request, authorization, keys);
  else if (!keys.has(bearer)) throw wrongKey();
}

function wrongKey(): BedrockRefusal {
  return denied(
    "AccessDeniedException",
    "Authentication failed: Please make sure your API Key is valid.",
  );
}

function denied(type: string, message: string): BedrockRefusal {
  return new BedrockRefusal(message, type, 403);
}

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

function checkSignature(
  request: HttpRequest,
  authorization: string,
  keys: ReadonlySet<string>,
): void {
  const match = SIGNED.exec(authorization);
  if (!match) {
    throw denied("IncompleteSignatureException", "Authorization header requires a signature.");
  }
  const [, id = "", day = "", region = "", service = "", signedHeaders = "", signature = ""] =
    match;
  const secret = [...keys].find((key) => key.startsWith(`${id}:`))?.slice(id.length + 1);
  if (secret === undefined) {
    throw denied(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, signedHeaders));
  const date = request.headers.get("x-amz-date") ?? "";
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${canonical}`;
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (above, part) => hmac(above, part),
    `AWS4${secret}`,
  );
  const expected = createHmac("sha256", key).update(text).digest();
  if (service === "bedrock" && timingSafeEqual(expected, Buffer.from(signature, "hex"))) return;
  throw denied(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

/** The path as it was sent, each segment of it encoded once more. */
function canonicalRequest(request: HttpRequest, signedHeaders: string): string {
  const [sent = ""] = request.target.split("?", 1);
  const path = sent.split("/").map(encoded).join("/");
  const query = [...request.query]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
  const headers = signedHeaders
    .split(";")
    .map((name) => `${name}:${(request.headers.get(name) ?? "").trim().replace(/\s+/g, " ")}\n`)
    .join("");
  return [request.method, path, query, headers, signedHeaders, sha256(request.body)].join("\n");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

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
