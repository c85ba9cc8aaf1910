import { createHash, createHmac } from "node:crypto";

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Comes with temporary keys. */
  readonly sessionToken?: string;
}

export interface AwsRequest {
  readonly method: string;
  /** As it is sent: what is encoded in the path stays so. */
  readonly url: string;
  /** All of these are signed; `host` and the date are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Its SHA-256 in hex, where that is known already. */
  readonly bodyDigest?: string;
}

export interface AwsSigning {
  readonly region: string;
  readonly service: string;
  readonly keys: AwsKeys;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * The headers that prove who sends this request: `authorization`, `x-amz-date`, and
 * `x-amz-security-token` with temporary keys. Not for S3, which encodes the path once less.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signAws(request: AwsRequest, signing: AwsSigning): Record<string, string> {
  const { keys, region, service } = signing;
  const date = amzDate(signing.nowMs);
  const added: Record<string, string> = {
    "x-amz-date": date,
    ...(keys.sessionToken !== undefined && { "x-amz-security-token": keys.sessionToken }),
  };
  const { authority, path, query } = partsOf(request.url);
  const headers = canonicalHeaders({ ...request.headers, host: authority, ...added });
  const names = headers.map(([name]) => name).join(";");
  const canonical = [
    request.method.toUpperCase(),
    canonicalPath(path),
    canonicalQuery(query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    request.bodyDigest ?? sha256(request.body),
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = `${ALGORITHM}\n${date}\n${scope}\n${sha256(canonical)}`;
  const signature = hmac(signingKey(keys.secretAccessKey, scope), text).toString("hex");
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return {
    ...added,
    authorization: `${ALGORITHM} ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** `20150830T123600Z` */
function amzDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

interface UrlParts {
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/** By hand: a URL object would encode the path anew. */
function partsOf(url: string): UrlParts {
  const match = /^[a-z]+:\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(url);
  if (!match) throw new Error(`not an absolute URL: ${url}`);
  const [, authority = "", path = "", query = ""] = match;
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  const host = authority.slice(authority.lastIndexOf("@") + 1).toLowerCase();
  return { authority: host.replace(scheme === "https" ? /:443$/ : /:80$/, ""), path, query };
}

/** Each segment is encoded once more than it stands in the URL; empty ones and dots are resolved. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encoded(segment));
  }
  const slash = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${slash}`;
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [encoded(decoded(name)), encoded(decoded(value))] as const;
    })
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** By code unit: the order of the encoded bytes. */
function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] === b[1]) return 0;
  return a[1] < b[1] ? -1 : 1;
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [
      name.toLowerCase().trim(),
      value.trim().replaceAll(/ +/g, " "),
    ])
    .sort(byNameThenValue);
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-2.3: all but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What is no valid encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function signingKey(secret: string, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split("/")) key = hmac(key, part);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Bytes that are hashed at a time; 1 to 4 ms of work. */
const SLICE_BYTES = 1024 * 1024;

/** The SHA-256 of a long body, in hex, with room for other work in between. Undefined for a short one. */
export async function longDigest(body: AwsRequest["body"]): Promise<string | undefined> {
  if (typeof body === "string" || body.byteLength <= SLICE_BYTES) return undefined;
  const hash = createHash("sha256");
  for (let at = 0; at < body.byteLength; at += SLICE_BYTES) {
    hash.update(body.subarray(at, at + SLICE_BYTES));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return hash.digest("hex");
}
