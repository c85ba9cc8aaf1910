import { afterEach } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsAuth,
  type AwsOptions,
  awsCredentials,
} from "../../../src/credentials/aws/aws-credentials.ts";

export const MINUTE_MS = 60_000;
/** Far ahead: AWS's library judges the end of some credentials by the machine's own clock. */
export const NOW_MS = Date.UTC(2100, 0, 1);
export const REQUEST = {
  method: "POST",
  url: "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse",
  headers: { "Content-Type": "application/json", "x-request-id": "1" },
  body: "{}",
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

type Answer = (request: Request, path: string) => Response | Promise<Response>;

/** A stand-in of a credential endpoint on the loopback interface. */
export function standIn(answer: Answer) {
  const requests: { method: string; path: string; headers: Headers; body: string }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname: path, search } = new URL(request.url);
      const body = await request.clone().text();
      requests.push({
        method: request.method,
        path: path + search,
        headers: request.headers,
        body,
      });
      return answer(request, path);
    },
  });
  cleanups.push(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, requests };
}

/** A home directory with these files in it. */
export async function home(files: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "aws-home-"));
  cleanups.push(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

export interface Setup {
  readonly auth?: AwsAuth;
  readonly options?: AwsOptions;
  readonly env?: Record<string, string>;
}

const own = { ...process.env };

/** AWS's library reads the environment of the process: nothing of this machine's own identity is in it. */
export function surroundWith(env: Readonly<Record<string, string>>) {
  for (const name of Object.keys(process.env))
    if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: "eu-west-1",
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: "/nowhere",
    ...env,
  });
  cleanups.push(async () => {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, own);
  });
}

/** For one signer at a time: the environment is the last one's. */
export function signerWith({ auth = {}, options = {}, env = {} }: Setup) {
  surroundWith(env);
  let nowMs = NOW_MS;
  const reports: string[] = [];
  const signer = awsCredentials(auth, options, {
    env: process.env,
    nowMs: () => nowMs,
    report: (problem) => reports.push(problem),
  });
  return {
    reports,
    advance(ms: number) {
      nowMs += ms;
    },
    sign: () => signer.authorize(REQUEST),
    async keyId() {
      const { authorization = "" } = await signer.authorize(REQUEST);
      return /Credential=([^/]+)\//.exec(authorization)?.[1];
    },
    failure: () =>
      signer.authorize(REQUEST).then(
        () => undefined,
        (error) => error,
      ),
  };
}

export const stsAnswer = (id: string, action = "AssumeRole") =>
  new Response(
    `<${action}Response><${action}Result><Credentials>
      <AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s&amp;k</SecretAccessKey>
      <SessionToken>t+/=</SessionToken><Expiration>${new Date(NOW_MS + 60 * MINUTE_MS).toISOString()}</Expiration>
    </Credentials></${action}Result></${action}Response>`,
  );

export const jsonAnswer = (id: string, expiresAtMs = NOW_MS + 60 * MINUTE_MS) =>
  Response.json({
    AccessKeyId: id,
    SecretAccessKey: "s",
    Token: "t",
    Expiration: new Date(expiresAtMs).toISOString(),
  });
