import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { awsCredentials, signsAwsRequests } from "../../../src/credentials/aws/aws-credentials.ts";
import {
  home,
  jsonAnswer,
  MINUTE_MS,
  NOW_MS,
  REQUEST,
  type Setup,
  signerWith,
  standIn,
  stsAnswer,
} from "./aws-signer.ts";

describe("AWS credentials are found in the order of the reference", () => {
  const keys = { aws_access_key_id: "CONFIG", aws_secret_access_key: "s" };
  const inEnv = { AWS_ACCESS_KEY_ID: "ENV", AWS_SECRET_ACCESS_KEY: "s" };

  test("the configured keys win over all others", async () => {
    const { sign } = signerWith({ auth: keys, env: inEnv });
    const headers = await sign();
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=CONFIG\/21000101\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    expect(headers["x-amz-security-token"]).toBeUndefined();
  });

  test("then the environment, temporary keys with their token", async () => {
    const file = await home({ ".aws/credentials": "[default]\naws_access_key_id = FILE\n" });
    const { sign } = signerWith({ env: { ...inEnv, AWS_SESSION_TOKEN: "token", HOME: file } });
    const headers = await sign();
    expect(headers.authorization).toContain("Credential=ENV/");
    expect(headers.authorization).toContain("content-type;host;x-amz-date;x-amz-security-token");
    expect(headers["x-amz-security-token"]).toBe("token");
    const named = { ...inEnv, HOME: file, AWS_PROFILE: "default" };
    expect(await signerWith({ env: named }).keyId()).toBe("ENV");
  });

  test("then the shared profile, before the container", async () => {
    const HOME = await home({
      ".aws/credentials":
        "# keys\n[default]\naws_access_key_id = FILE\naws_secret_access_key = s # mine\n[other]\naws_access_key_id=OTHER\naws_secret_access_key=s\n",
    });
    const { url } = standIn(() => jsonAnswer("CONTAINER"));
    const AWS_CONTAINER_CREDENTIALS_FULL_URI = `${url}/keys`;
    const env = { HOME, AWS_CONTAINER_CREDENTIALS_FULL_URI };
    expect(await signerWith({ env }).keyId()).toBe("FILE");
    expect(await signerWith({ env: { ...env, AWS_PROFILE: "other" } }).keyId()).toBe("OTHER");
    const elsewhere = { AWS_SHARED_CREDENTIALS_FILE: join(HOME, "none"), HOME: "/nowhere" };
    expect(await signerWith({ env: { ...env, ...elsewhere } }).keyId()).toBe("CONTAINER");
    const config = join(await home({ config: "[default]\nregion = eu-west-1\n" }), "config");
    const settings = { ...env, ...elsewhere, AWS_CONFIG_FILE: config };
    expect(await signerWith({ env: settings }).keyId()).toBe("CONTAINER");
    const missing = await signerWith({ env: { ...env, AWS_PROFILE: "missing" } }).failure();
    expect(missing).toMatchObject({ code: "upstream_credentials" });
    expect(missing.message).toContain("the profile missing");
  });

  test("then the container, with the token of EKS Pod Identity", async () => {
    const path = await home({ token: "pod-token\n" });
    const { url, requests } = standIn(() => jsonAnswer("CONTAINER"));
    const env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(path, "token"),
    };
    expect(await signerWith({ env }).keyId()).toBe("CONTAINER");
    expect(requests[0]?.headers.get("authorization")).toBe("pod-token");
    const far = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/keys" };
    expect((await signerWith({ env: far }).failure()).message).toContain("without TLS");
  });

  test("then the web identity of a service account", async () => {
    const path = await home({ token: "jwt" });
    const { url, requests } = standIn(() => stsAnswer("IRSA", "AssumeRoleWithWebIdentity"));
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: join(path, "token"),
      AWS_ROLE_ARN: "arn:aws:iam::1:role/pod",
    };
    const options = { aws_sts_endpoint_url: url };
    expect(await signerWith({ env, options }).keyId()).toBe("IRSA");
    const form = new URLSearchParams(requests[0]?.body);
    expect(form.get("Action")).toBe("AssumeRoleWithWebIdentity");
    expect(form.get("WebIdentityToken")).toBe("jwt");
    expect(form.get("RoleSessionName")).toBe("ai-gateway");
    expect(requests[0]?.headers.get("authorization")).toBeNull();
  });

  test("then the instance, by version 2 of its metadata service", async () => {
    const { url, requests } = standIn((request, path) => {
      if (path === "/latest/api/token") return new Response("imds-token");
      if (request.headers.get("x-aws-ec2-metadata-token") !== "imds-token") {
        return new Response("", { status: 401 });
      }
      return path.endsWith("/security-credentials/")
        ? new Response("my-role")
        : jsonAnswer("INSTANCE");
    });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" };
    expect(await signerWith({ env }).keyId()).toBe("INSTANCE");
    expect(requests.map(({ method }) => method)).toEqual(["PUT", "GET", "GET"]);
    expect(requests[2]?.path).toBe("/latest/meta-data/iam/security-credentials/my-role");
  });

  test("and by version 1 where version 2 gives no token, unless that is forbidden", async () => {
    const { url } = standIn((_, path) => {
      if (path === "/latest/api/token") return new Response("", { status: 404 });
      return path.endsWith("/") ? new Response("my-role") : jsonAnswer("INSTANCE");
    });
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" };
    expect(await signerWith({ env }).keyId()).toBe("INSTANCE");
    const strict = signerWith({ env: { ...env, AWS_EC2_METADATA_V1_DISABLED: "true" } });
    expect((await strict.failure()).message).toContain("v1 fallback has been blocked");
  });

  test("and without any the sentence says where was looked", async () => {
    const error = await signerWith({}).failure();
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(error.message).toContain("no AWS credentials");
  });
});

describe("a role is assumed", () => {
  test("by the configured ARN at the configured endpoint, with a signed request", async () => {
    const { url, requests } = standIn(() => stsAnswer("ASSUMED"));
    const { sign } = signerWith({
      auth: { aws_access_key_id: "CONFIG", aws_secret_access_key: "s" },
      options: {
        aws_region: "us-east-2",
        aws_assume_role_arn: "arn:aws:iam::1:role/llm",
        aws_role_session_name: "gateway-7",
        aws_sts_endpoint_url: url,
      },
    });
    const headers = await sign();
    expect(headers.authorization).toContain("Credential=ASSUMED/21000101/us-east-2/bedrock/");
    expect(headers["x-amz-security-token"]).toBe("t+/=");
    const form = new URLSearchParams(requests[0]?.body);
    expect(Object.fromEntries(form)).toMatchObject({
      Action: "AssumeRole",
      RoleArn: "arn:aws:iam::1:role/llm",
      RoleSessionName: "gateway-7",
    });
    expect(requests[0]?.headers.get("authorization")).toContain("CONFIG/21000101/us-east-2/sts/");
  });

  test("by a profile with a source profile, and STS's refusal is told", async () => {
    const HOME = await home({
      ".aws/credentials": "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n",
      ".aws/config":
        "[profile work]\nrole_arn = arn:aws:iam::1:role/work\nexternal_id = x\nsource_profile = base\n[profile loop]\nrole_arn = a\nsource_profile = loop2\n[profile loop2]\nrole_arn = a\nsource_profile = loop\n",
    });
    let refuses = false;
    const { url, requests } = standIn(() =>
      refuses
        ? new Response("<Error><Code>AccessDenied</Code><Message>not you</Message></Error>", {
            status: 403,
          })
        : stsAnswer("WORK"),
    );
    const env = { HOME, AWS_PROFILE: "work", AWS_ENDPOINT_URL_STS: url };
    expect(await signerWith({ env }).keyId()).toBe("WORK");
    expect(requests[0]?.headers.get("authorization")).toContain("Credential=BASE/");
    const form = new URLSearchParams(requests[0]?.body);
    expect(form.get("RoleSessionName")).toBe("ai-gateway");
    expect(form.get("ExternalId")).toBe("x");
    refuses = true;
    expect((await signerWith({ env }).failure()).message).toContain("not you");
    const loop = await signerWith({ env: { ...env, AWS_PROFILE: "loop" } }).failure();
    expect(loop.message).toContain("a cycle");
  });

  test("by the token that a login at IAM Identity Center left", async () => {
    const cacheKey = "corp";
    const name = new Bun.CryptoHasher("sha1").update(cacheKey).digest("hex");
    const { url, requests } = standIn(() =>
      Response.json({
        roleCredentials: {
          accessKeyId: "SSO",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: NOW_MS + 60 * MINUTE_MS,
        },
      }),
    );
    const HOME = await home({
      ".aws/config":
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n[profile dev]\nsso_session = corp\nsso_account_id = 123\nsso_role_name = Dev\n",
      [`.aws/sso/cache/${name}.json`]: JSON.stringify({
        accessToken: "bearer",
        expiresAt: new Date(NOW_MS + MINUTE_MS).toISOString(),
      }),
    });
    const env = { HOME, AWS_PROFILE: "dev", AWS_ENDPOINT_URL_SSO: url };
    expect(await signerWith({ env }).keyId()).toBe("SSO");
    expect(requests[0]?.path).toBe("/federation/credentials?role_name=Dev&account_id=123");
    expect(requests[0]?.headers.get("x-amz-sso_bearer_token")).toBe("bearer");
  });
});

test("a login at IAM Identity Center that is about to end is renewed", async () => {
  const name = new Bun.CryptoHasher("sha1").update("corp").digest("hex");
  const keys = { accessKeyId: "SSO", secretAccessKey: "s", sessionToken: "t", expiration: NOW_MS };
  const { url, requests } = standIn((_, path) =>
    path === "/token"
      ? Response.json({ accessToken: "newer", refreshToken: "next", expiresIn: 3600 })
      : Response.json({ roleCredentials: keys }),
  );
  const login = { clientId: "c", clientSecret: "s", refreshToken: "r", accessToken: "old" };
  const expiresAt = new Date(Date.now() + MINUTE_MS).toISOString();
  const HOME = await home({
    ".aws/config":
      "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = Dev\n",
    [`.aws/sso/cache/${name}.json`]: JSON.stringify({ ...login, expiresAt }),
  });
  const env = { HOME, AWS_ENDPOINT_URL_SSO: url, AWS_ENDPOINT_URL_SSO_OIDC: url };
  expect(await signerWith({ env }).keyId()).toBe("SSO");
  expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ grantType: "refresh_token" });
  expect(requests[1]?.headers.get("x-amz-sso_bearer_token")).toBe("newer");
});

describe("credentials are renewed", () => {
  test("once for all calls, ahead of their end, while the old ones serve", async () => {
    let count = 0;
    const { url, requests } = standIn(() => {
      count++;
      return jsonAnswer(`KEY${count}`, NOW_MS + count * 60 * MINUTE_MS);
    });
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
    const { keyId, advance } = signerWith({ env });
    expect(await Promise.all([keyId(), keyId(), keyId()])).toEqual(["KEY1", "KEY1", "KEY1"]);
    expect(requests).toHaveLength(1);
    advance(55 * MINUTE_MS);
    expect(await keyId()).toBe("KEY1");
    while ((await keyId()) === "KEY1") await new Promise(setImmediate);
    expect(requests).toHaveLength(2);
  });

  test("and a failure is reported while the old ones hold, then thrown", async () => {
    let fails = false;
    const { url } = standIn(() =>
      fails ? new Response("", { status: 500 }) : jsonAnswer("KEY", NOW_MS + 10 * MINUTE_MS),
    );
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
    const { keyId, failure, reports, advance } = signerWith({ env });
    await keyId();
    fails = true;
    advance(5 * MINUTE_MS);
    while (reports.length === 0) {
      expect(await keyId()).toBe("KEY");
      await new Promise(setImmediate);
    }
    expect(reports[0]).toContain("the container's credential endpoint answered with status 500");
    advance(6 * MINUTE_MS);
    expect(await failure()).toMatchObject({ code: "upstream_credentials" });
  });
});

describe("a failure is told, and nothing of an answer that cannot be read", () => {
  const keys = { aws_access_key_id: "CONFIG", aws_secret_access_key: "canary-secret" };
  const role = { aws_assume_role_arn: "arn:aws:iam::1:role/llm" };
  const failing = (answer: Response, env = {}) =>
    signerWith({ auth: keys, options: { ...role, ...endpoint(answer) }, env }).failure();
  const endpoint = (answer: Response) => ({ aws_sts_endpoint_url: standIn(() => answer).url });

  test.each([
    ["STS refused the role arn:aws:iam::1:role/llm (status 400): no reason given", "", 400],
    ["STS refused the role arn:aws:iam::1:role/llm (status 302)", "canary", 302],
    ["STS answered without credentials for the role", "canary {", 200],
    ["STS answered without credentials for the role", "<a><canary>", 200],
    ["STS answered without credentials for the role", "<AssumeRoleResponse/>", 200],
  ])("%s", async (words, body, status) => {
    const headers = { location: "http://example.com/" };
    const error = await failing(new Response(body, { status, headers }));
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("canary");
  });

  test("STS that nobody answers for", async () => {
    const options = { ...role, aws_sts_endpoint_url: "http://127.0.0.1:1" };
    const { message } = await signerWith({ auth: keys, options }).failure();
    expect(message).toContain("STS did not answer for the role arn:aws:iam::1:role/llm");
  });

  test("an instance that answers with something else", async () => {
    const { url } = standIn((_, path) => new Response(path.endsWith("/") ? "role" : "canary {"));
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "" };
    const { message } = await signerWith({ env }).failure();
    expect(message).toContain("the instance's metadata service gave none: the answer is not JSON");
  });

  test("IAM Identity Center whose login has ended, and which answers with something else", async () => {
    const config =
      "[default]\nsso_start_url = corp\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = Dev\n";
    const cache = `.aws/sso/cache/${new Bun.CryptoHasher("sha1").update("corp").digest("hex")}.json`;
    const login = (expiresAt: string) =>
      home({
        ".aws/config": config,
        [cache]: JSON.stringify({ accessToken: "canary", expiresAt }),
      });
    const ended = { HOME: await login("2020-01-01T00:00:00Z") };
    expect((await signerWith({ env: ended }).failure()).message).toContain("has expired");
    const { url } = standIn(() => new Response("canary {"));
    const HOME = await login("2100-01-01T00:00:00Z");
    const env = { HOME, AWS_ENDPOINT_URL_SSO: url };
    const { message } = await signerWith({ env }).failure();
    expect(message).toContain("the AWS profile default: the answer is not JSON");
  });
});

describe("the region", () => {
  const auth = { aws_access_key_id: "K", aws_secret_access_key: "s" };
  const regionOf = async (setup: Setup) =>
    (await signerWith({ auth, ...setup }).sign()).authorization?.split("/")[2];

  test("is the configured one, then AWS_REGION, then AWS_DEFAULT_REGION", async () => {
    const env = { AWS_REGION: "eu-north-1", AWS_DEFAULT_REGION: "eu-south-1" };
    expect(await regionOf({ options: { aws_region: "ap-south-1" }, env })).toBe("ap-south-1");
    expect(await regionOf({ env })).toBe("eu-north-1");
    expect(await regionOf({ env: { ...env, AWS_REGION: "" } })).toBe("eu-south-1");
  });

  test("is read off a regional endpoint, and without any the call fails by name", async () => {
    expect(await regionOf({ env: { AWS_REGION: "" } })).toBe("eu-west-1");
    const signer = awsCredentials(auth, {}, { env: {}, nowMs: () => NOW_MS, report: () => {} });
    const error = await signer
      .authorize({ ...REQUEST, url: "http://127.0.0.1/model/m/converse" })
      .catch((caught) => caught);
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(error.message).toBe("AWS region not specified anywhere");
  });
});

describe("a Bedrock API key", () => {
  test("in a header takes the place of signing, unless AWS keys are configured", () => {
    const header = { header_name: "Authorization", header_value: "Bearer key" };
    expect(signsAwsRequests(header)).toBe(false);
    expect(signsAwsRequests({ ...header, aws_access_key_id: "K" })).toBe(true);
    expect(signsAwsRequests({})).toBe(true);
  });

  test("in the environment is sent as it is, unless the target has keys or a role", async () => {
    const env = { AWS_BEARER_TOKEN_BEDROCK: "api-key" };
    expect(await signerWith({ env }).sign()).toEqual({ authorization: "Bearer api-key" });
    const auth = { aws_access_key_id: "K", aws_secret_access_key: "s" };
    expect(await signerWith({ env, auth }).keyId()).toBe("K");
  });
});
