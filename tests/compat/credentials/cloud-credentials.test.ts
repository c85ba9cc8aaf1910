import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Env, google, identity, MINUTE_MS, START_MS } from "./cloud-identity.ts";
import { readAssertion, serviceAccount, tokenService } from "./token-service.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: object | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const UNREACHABLE = "http://127.0.0.1:9";

describe("Google Cloud", () => {
  test("a configured key is proved by a signed assertion, and nobody else is asked", async () => {
    await using tokens = tokenService();
    await using metadata = tokenService();
    const { json, publicKey } = await serviceAccount();
    const { authorization } = google({
      gcp_service_account_json: json,
      gcp_oauth_token_url: `${tokens.url}/token`,
      gcp_metadata_url: metadata.url,
    });
    expect(await authorization()).toBe("Bearer token-1");
    const [call] = tokens.calls;
    expect(call).toMatchObject({
      method: "POST",
      path: "/token",
      form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" },
    });
    const { header, claims } = await readAssertion(call?.form["assertion"] ?? "", publicKey);
    expect(header).toEqual({ alg: "RS256", typ: "JWT", kid: "key-1" });
    expect(claims).toEqual({
      iss: "robot@project.iam.gserviceaccount.com",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: "https://oauth2.googleapis.com/token",
      iat: START_MS / 1000,
      exp: START_MS / 1000 + 3600,
    });
    expect(metadata.calls).toEqual([]);
  });

  test("a key in GCP_SERVICE_ACCOUNT, its line ends spelt out, is asked for at its own URL", async () => {
    await using tokens = tokenService();
    const { key, publicKey } = await serviceAccount(`${tokens.url}/own`);
    const spelt = { ...key, private_key: key.private_key.replaceAll("\n", "\\n") };
    const { authorization } = google({}, { GCP_SERVICE_ACCOUNT: JSON.stringify(spelt) });
    expect(await authorization()).toBe("Bearer token-1");
    const { claims } = await readAssertion(tokens.calls[0]?.form["assertion"] ?? "", publicKey);
    expect(claims.aud).toBe(`${tokens.url}/own`);
  });

  test("a key that fails is not passed over for the metadata server", async () => {
    await using tokens = tokenService();
    await using metadata = tokenService();
    tokens.answer(() =>
      Response.json(
        { error: "invalid_grant", error_description: "Invalid JWT Signature." },
        { status: 400 },
      ),
    );
    const { json } = await serviceAccount(tokens.url);
    const auth = { gcp_service_account_json: json, gcp_metadata_url: metadata.url };
    expect(google(auth).authorization()).rejects.toMatchObject({
      code: "upstream_credentials",
      message:
        "no Google Cloud token: the token endpoint, asked for robot@project.iam.gserviceaccount.com, refused (status 400): invalid_grant: Invalid JWT Signature.",
    });
    expect(metadata.calls).toEqual([]);
  });

  test.each(["", "/computeMetadata/v1/instance/service-accounts/other/token"])(
    "the metadata server, by the URL %p",
    async (path) => {
      await using metadata = tokenService();
      const { authorization } = google({ gcp_metadata_url: metadata.url + path });
      expect(await authorization()).toBe("Bearer token-1");
      const [call] = metadata.calls;
      expect(call?.method).toBe("GET");
      expect(call?.headers.get("metadata-flavor")).toBe("Google");
      expect(call?.query).toEqual({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
      const standard = "/computeMetadata/v1/instance/service-accounts/default/token";
      expect(call?.path).toBe(path === "" ? standard : path);
    },
  );

  test("the metadata server, by GCE_METADATA_HOST", async () => {
    await using metadata = tokenService();
    const { authorization } = google({}, { GCE_METADATA_HOST: new URL(metadata.url).host });
    expect(await authorization()).toBe("Bearer token-1");
  });

  test("application default credentials of a user name the project they count against", async () => {
    await using tokens = tokenService();
    const path = await file("user.json", {
      type: "authorized_user",
      client_id: "id",
      client_secret: "s3cret",
      refresh_token: "r3fresh",
      quota_project_id: "billed",
    });
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    const { headers } = google({ gcp_oauth_token_url: tokens.url }, env);
    expect(await headers()).toEqual({
      authorization: "Bearer token-1",
      "x-goog-user-project": "billed",
    });
    expect(tokens.calls[0]?.form).toEqual({
      grant_type: "refresh_token",
      client_id: "id",
      client_secret: "s3cret",
      refresh_token: "r3fresh",
    });
  });

  test("another provider's token is exchanged, and a service account is borrowed with it", async () => {
    await using sts = tokenService();
    await using lender = tokenService();
    lender.answer(() =>
      Response.json({ accessToken: "lent", expireTime: new Date(START_MS + 9e5).toISOString() }),
    );
    const subject = await file("subject.json", { id_token: "foreign" });
    const path = await file("external.json", {
      type: "external_account",
      audience: "//iam.googleapis.com/pool",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: sts.url,
      service_account_impersonation_url: `${lender.url}/lend`,
      credential_source: {
        file: subject,
        format: { type: "json", subject_token_field_name: "id_token" },
      },
    });
    const { authorization } = google({}, { GOOGLE_APPLICATION_CREDENTIALS: path });
    expect(await authorization()).toBe("Bearer lent");
    expect(sts.calls[0]?.form).toMatchObject({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: "foreign",
      audience: "//iam.googleapis.com/pool",
    });
    expect(lender.calls[0]?.headers.get("authorization")).toBe("Bearer token-1");
  });

  test("a key goes before application default credentials; GCP_AUTH_METHOD_ORDER=adc turns it", async () => {
    await using keys = tokenService();
    await using adc = tokenService();
    const { json } = await serviceAccount(`${keys.url}/key`);
    const { json: other } = await serviceAccount(`${adc.url}/adc`);
    const env = { GOOGLE_APPLICATION_CREDENTIALS: await file("adc.json", other) };
    await google({ gcp_service_account_json: json }, env).authorization();
    expect([keys.calls.length, adc.calls.length]).toEqual([1, 0]);
    const turned = { ...env, GCP_AUTH_METHOD_ORDER: "adc" };
    await google({ gcp_service_account_json: json }, turned).authorization();
    expect([keys.calls.length, adc.calls.length]).toEqual([1, 1]);
  });

  test.each<[string, object, Env]>([
    ["auth.gcp_service_account_json is not the JSON", { gcp_service_account_json: "s3cret" }, {}],
    ["GCP_SERVICE_ACCOUNT has no client_email", {}, { GCP_SERVICE_ACCOUNT: '{"a":"s3cret"}' }],
    [
      "the private key of a@b is not in PEM form",
      { gcp_service_account_json: '{"client_email":"a@b","private_key":"s3cret"}' },
      {},
    ],
    ["/nowhere/x.json cannot be read", {}, { GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/x.json" }],
    ["did not answer", { gcp_metadata_url: UNREACHABLE }, {}],
  ])("what is wrong is told, never a secret: %s", async (cause, auth, env) => {
    const error: unknown = await google(auth, env)
      .authorization()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(String(error)).toContain(`no Google Cloud token: `);
    expect(String(error)).toContain(cause);
    expect(Bun.inspect(error)).not.toContain("s3cret");
  });

  test("without gcp_use_service_account nothing is asked", () => {
    expect(identity("gemini", { gcp_service_account_json: "{}" }).credential).toBeUndefined();
    expect(identity("openai", { gcp_use_service_account: true }).credential).toBeUndefined();
  });
});

const RESOURCE = "https://cognitiveservices.azure.com";

describe("Azure", () => {
  const managed = (auth: object, env: Env) =>
    identity("azure", { azure_use_managed_identity: true, ...auth }, env);

  test.each([{}, { azure_client_id: "chosen" }])("the instance's identity %p", async (auth) => {
    await using metadata = tokenService();
    const inSeconds = START_MS / 1000 + 3600;
    metadata.answer(() =>
      Response.json({ access_token: "t", expires_in: "1", expires_on: String(inSeconds) }),
    );
    const { authorization, clock } = managed(auth, {
      AZURE_POD_IDENTITY_AUTHORITY_HOST: metadata.url,
    });
    expect(await authorization()).toBe("Bearer t");
    const [call] = metadata.calls;
    expect(call?.path).toBe("/metadata/identity/oauth2/token");
    expect(call?.headers.get("metadata")).toBe("true");
    expect(call?.query).toEqual({
      "api-version": "2018-02-01",
      resource: RESOURCE,
      ...("azure_client_id" in auth && { client_id: "chosen" }),
    });
    clock.advance(50 * MINUTE_MS);
    await authorization();
    expect(metadata.calls).toHaveLength(1);
  });

  test("App Service's identity", async () => {
    await using service = tokenService();
    const env = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: "s3cret" };
    expect(await managed({ azure_client_id: "chosen" }, env).authorization()).toBe(
      "Bearer token-1",
    );
    const [call] = service.calls;
    expect(call?.headers.get("x-identity-header")).toBe("s3cret");
    expect(call).toMatchObject({
      path: "/msi/token",
      query: { "api-version": "2019-08-01", resource: RESOURCE, client_id: "chosen" },
    });
  });

  test("the workload's identity in Kubernetes", async () => {
    await using entra = tokenService();
    const env = {
      AZURE_FEDERATED_TOKEN_FILE: await file("federated", "projected\n"),
      AZURE_AUTHORITY_HOST: `${entra.url}/`,
      AZURE_TENANT_ID: "tenant",
      AZURE_CLIENT_ID: "pod",
    };
    expect(await managed({}, env).authorization()).toBe("Bearer token-1");
    expect(entra.calls[0]).toMatchObject({
      path: "/tenant/oauth2/v2.0/token",
      form: {
        grant_type: "client_credentials",
        client_id: "pod",
        scope: `${RESOURCE}/.default`,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: "projected",
      },
    });
  });

  const principal = {
    azure_client_id: "app",
    azure_client_secret: "s3cret",
    azure_tenant_id: "tenant",
  };

  test.each([{}, { azure_use_managed_identity: true }])("a client secret %p", async (more) => {
    await using entra = tokenService();
    const env = { AZURE_AUTHORITY_HOST: entra.url };
    const { authorization } = identity("azure", { ...principal, ...more }, env);
    expect(await authorization()).toBe("Bearer token-1");
    expect(entra.calls[0]).toMatchObject({
      path: "/tenant/oauth2/v2.0/token",
      form: {
        grant_type: "client_credentials",
        client_id: "app",
        client_secret: "s3cret",
        scope: `${RESOURCE}/.default`,
      },
    });
  });

  test("a refusal is told with its reason, never with the secret", async () => {
    await using entra = tokenService();
    entra.answer(() =>
      Response.json(
        { error: "invalid_client", error_description: "AADSTS7000215: s3cret is wrong" },
        { status: 401 },
      ),
    );
    const { authorization } = identity("azure", principal, { AZURE_AUTHORITY_HOST: entra.url });
    const error: unknown = await authorization().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "upstream_credentials",
      message:
        "no Azure token: Microsoft Entra, asked for app, refused (status 401): invalid_client: AADSTS7000215: *** is wrong",
    });
    expect(Bun.inspect(error)).not.toContain("s3cret");
  });

  test("a principal without its tenant, Azure Arc and Service Fabric are refused", () => {
    const { azure_tenant_id: _, ...without } = principal;
    expect(identity("azure", without).authorization()).rejects.toThrow("azure_tenant_id");
    expect(managed({}, { IDENTITY_ENDPOINT: UNREACHABLE }).authorization()).rejects.toThrow("Arc");
    const fabric = {
      IDENTITY_ENDPOINT: UNREACHABLE,
      IDENTITY_HEADER: "s3cret",
      IDENTITY_SERVER_THUMBPRINT: "print",
    };
    expect(managed({}, fabric).authorization()).rejects.toThrow("Service Fabric");
  });

  test("a key in a header goes before a principal", () => {
    const key = { header_name: "api-key", header_value: "k" };
    expect(identity("azure", { ...principal, ...key }).credential).toBeUndefined();
    expect(identity("azure", key).credential).toBeUndefined();
  });
});
