import { expect, test } from "bun:test";
import { startLab } from "../../../src/lab/lab.ts";
import { startGateway } from "../../gateway.ts";

/** Stands in for a cloud's token service. */
function tokenService() {
  const asked: URLSearchParams[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      asked.push(new URLSearchParams(await request.text()));
      return Response.json({ access_token: "token-1", expires_in: 3600, token_type: "Bearer" });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, stop: () => server.stop(true) };
}

async function serviceAccount(tokenUrl: string): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return JSON.stringify({
    type: "service_account",
    client_email: "gateway@p.iam.gserviceaccount.com",
    private_key_id: "1",
    private_key: `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    token_uri: tokenUrl,
  });
}

function vertex(labUrl: string, auth: object) {
  return {
    _format_version: "3.0",
    routes: [{ name: "chat", paths: ["/chat"] }],
    plugins: [
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          auth,
          model: {
            provider: "gemini",
            name: "gemini-2.5-flash",
            options: {
              gemini: { api_endpoint: "vertex.test", project_id: "p", location_id: "l" },
              upstream_url: `${labUrl}/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent`,
            },
          },
        },
      },
    ],
  };
}

const body = { messages: [{ role: "user", content: "Hello" }] };

test("a service account's token is fetched once and sent to Vertex", async () => {
  const lab = await startLab();
  const tokens = tokenService();
  await using gateway = await startGateway(
    vertex(lab.url, {
      gcp_use_service_account: true,
      gcp_service_account_json: await serviceAccount(tokens.url),
      gcp_oauth_token_url: tokens.url,
    }),
  );
  const answers = await Promise.all([1, 2, 3].map(() => gateway.post("/chat", body)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(tokens.asked).toHaveLength(1);
  expect(lab.requests[0]?.headers.get("authorization")).toBe("Bearer token-1");
  await Promise.all([lab.stop(), tokens.stop()]);
});

test("without a token nothing is sent, and the answer does not say why", async () => {
  const lab = await startLab();
  await using gateway = await startGateway(
    vertex(lab.url, {
      gcp_use_service_account: true,
      gcp_service_account_json: await serviceAccount("http://127.0.0.1:1"),
      gcp_oauth_token_url: "http://127.0.0.1:1",
    }),
  );
  const answer = await gateway.post("/chat", body);
  expect(answer.status).toBe(500);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toBe("LLM request failed before proxying");
  expect(lab.requests).toHaveLength(0);
  await lab.stop();
});
