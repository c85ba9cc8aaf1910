import { signAws } from "../aws-sigv4.ts";
import { type AwsCredentials, type AwsSurroundings, expiry } from "./credentials.ts";
import { fetchText } from "./fetch-text.ts";
import { domainOf } from "./region.ts";

const TIMEOUT_MS = 5000;
const VERSION = "2011-06-15";

export interface Sts {
  readonly region: string;
  /** Instead of the regional endpoint. */
  readonly endpoint?: string;
}

export interface Role {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export async function assumeRole(
  role: Role,
  base: AwsCredentials,
  sts: Sts,
  around: AwsSurroundings,
): Promise<AwsCredentials> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: VERSION,
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ...(role.externalId !== undefined && { ExternalId: role.externalId }),
  });
  const request = {
    method: "POST",
    url: endpointOf(sts),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  };
  const signed = signAws(request, {
    region: sts.region,
    service: "sts",
    keys: base,
    nowMs: around.nowMs(),
  });
  return ask({ ...request, headers: { ...request.headers, ...signed } }, role.arn);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: the token is the proof. */
export async function assumeRoleWithWebIdentity(
  role: Role,
  token: string,
  sts: Sts,
): Promise<AwsCredentials> {
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: VERSION,
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    WebIdentityToken: token,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return ask({ url: endpointOf(sts), headers, body: form.toString() }, role.arn);
}

function endpointOf({ region, endpoint }: Sts): string {
  const origin = endpoint || `https://sts.${region}.${domainOf(region)}`;
  return origin.endsWith("/") ? origin : `${origin}/`;
}

interface StsRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function ask({ url, headers, body }: StsRequest, arn: string): Promise<AwsCredentials> {
  const { status, text } = await fetchText(url, {
    method: "POST",
    headers,
    body,
    timeoutMs: TIMEOUT_MS,
  });
  if (status !== 200) {
    const reason = element(text, "Message") ?? element(text, "Code") ?? "no reason given";
    throw new Error(`STS refused the role ${arn} (status ${status}): ${reason}`);
  }
  const accessKeyId = element(text, "AccessKeyId");
  const secretAccessKey = element(text, "SecretAccessKey");
  const sessionToken = element(text, "SessionToken");
  if (!accessKeyId || !secretAccessKey || !sessionToken) {
    throw new Error(`STS answered without credentials for the role ${arn}`);
  }
  const lasting = expiry(element(text, "Expiration"));
  return { accessKeyId, secretAccessKey, sessionToken, ...lasting };
}

/** The text of the only element of this name in STS's flat XML. */
function element(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  if (start < 0 || end < 0) return undefined;
  return unescaped(xml.slice(start + name.length + 2, end).trim());
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function unescaped(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
