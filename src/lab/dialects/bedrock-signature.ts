import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { HttpRequest } from "../http/request.ts";
import { BedrockRefusal } from "./bedrock-error.ts";

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
