import { expect, test } from "bun:test";
import { startLab } from "../../../src/lab/lab.ts";
import { startGateway } from "../../gateway.ts";

const model = "anthropic.claude-sonnet-4-5-20250929-v1:0";

function bedrock(labUrl: string, auth: object) {
  const url = `${labUrl}/model/${encodeURIComponent(model)}/converse`;
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
            provider: "bedrock",
            name: model,
            options: { upstream_url: url, bedrock: { aws_region: "eu-west-1" } },
          },
        },
      },
    ],
  };
}

const body = { messages: [{ role: "user", content: "Hello" }] };

test("a Bedrock that checks signatures takes the gateway's, colons in the model's name and all", async () => {
  const lab = await startLab({ keys: ["AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG"] });
  await using gateway = await startGateway(
    bedrock(lab.url, {
      aws_access_key_id: "AKIDEXAMPLE",
      aws_secret_access_key: "wJalrXUtnFEMI/K7MDENG",
    }),
  );
  const signed = await gateway.post("/chat", body);
  expect(signed.status).toBe(200);
  const [request] = lab.requests;
  expect(request?.headers.get("authorization")).toContain("/eu-west-1/bedrock/aws4_request");
  await lab.stop();
});

test("the wrong secret is the vendor's refusal, passed on", async () => {
  const lab = await startLab({ keys: ["AKIDEXAMPLE:right"] });
  await using gateway = await startGateway(
    bedrock(lab.url, { aws_access_key_id: "AKIDEXAMPLE", aws_secret_access_key: "wrong" }),
  );
  expect((await gateway.post("/chat", body)).status).toBe(403);
  await lab.stop();
});

test("a Bedrock API key goes as it is, without a signature", async () => {
  const lab = await startLab();
  await using gateway = await startGateway(
    bedrock(lab.url, { header_name: "Authorization", header_value: "Bearer bedrock-api-key" }),
  );
  expect((await gateway.post("/chat", body)).status).toBe(200);
  expect(lab.requests[0]?.headers.get("authorization")).toBe("Bearer bedrock-api-key");
  expect(lab.requests[0]?.headers.has("x-amz-date")).toBe(false);
  await lab.stop();
});
