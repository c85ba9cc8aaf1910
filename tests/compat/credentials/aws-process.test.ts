import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startLab } from "../../../src/lab/lab.ts";
import { startGateway } from "../../gateway.ts";
import {
  home,
  MINUTE_MS,
  NOW_MS,
  signerWith,
  standIn,
  stsAnswer,
  surroundWith,
} from "./aws-signer.ts";

describe("a profile's credential_process", () => {
  const answer = (id: string) =>
    JSON.stringify({
      Version: 1,
      AccessKeyId: id,
      SecretAccessKey: "s",
      SessionToken: "t",
      Expiration: new Date(NOW_MS + 60 * MINUTE_MS).toISOString(),
    });
  /** A profile whose program writes this and ends with this code. */
  async function homeOf(output: string, code = 0) {
    const HOME = await home({
      "keys.json": output,
      "my keys.sh": `cat "$(dirname "$0")/keys.json"\necho canary-on-stderr >&2\nexit ${code}\n`,
    });
    const command = `credential_process = sh "${HOME}/my keys.sh" canary-argument\n`;
    await mkdir(join(HOME, ".aws"));
    await writeFile(join(HOME, ".aws/config"), `[default]\n${command}`);
    return HOME;
  }
  const running = async (output: string, code = 0) =>
    signerWith({ env: { HOME: await homeOf(output, code) } });

  test("is run, and its temporary keys sign", async () => {
    const headers = await (await running(answer("PROCESS"))).sign();
    expect(headers.authorization).toContain("Credential=PROCESS/");
    expect(headers["x-amz-security-token"]).toBe("t");
  });

  test("may be the source of a role", async () => {
    const { url, requests } = standIn(() => stsAnswer("ROLE"));
    const HOME = await home({
      "keys.json": answer("PROCESS"),
      ".aws/config":
        "[profile base]\ncredential_process = cat $HOME/keys.json\n[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n",
    });
    const env = { HOME, AWS_ENDPOINT_URL_STS: url };
    expect(await signerWith({ env }).keyId()).toBe("ROLE");
    expect(requests[0]?.headers.get("authorization")).toContain("Credential=PROCESS/");
  });

  test.each([
    ["its credential_process failed", answer("P"), 7],
    ["credential_process returned invalid JSON", "canary", 0],
    ["credential_process did not return Version 1", "3", 0],
    ["credential_process did not return Version 1", '{"Version":2}', 0],
    ["credential_process returned invalid credentials", '{"Version":1,"AccessKeyId":"canary"}', 0],
  ])("that fails is named, and nothing of it repeated: %s", async (words, output, code) => {
    const error = await (await running(output, code)).failure();
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(error.message).toContain("the AWS profile default: ");
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("canary");
  });

  const body = { messages: [{ role: "user", content: "Hello" }] };
  const bedrock = (labUrl: string) => ({
    _format_version: "3.0",
    routes: [{ name: "chat", paths: ["/chat"] }],
    plugins: [
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          model: {
            provider: "bedrock",
            name: "m",
            options: {
              upstream_url: `${labUrl}/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse`,
            },
          },
        },
      },
    ],
  });

  test("signs a gateway's calls, and when it fails the client is not told how", async () => {
    const lab = await startLab({ keys: ["PROCESS:s"] });
    surroundWith({ HOME: await homeOf(answer("PROCESS")) });
    await using gateway = await startGateway(bedrock(lab.url));
    expect((await gateway.post("/chat", body)).status).toBe(200);
    surroundWith({ HOME: await homeOf(answer("PROCESS"), 7) });
    await using other = await startGateway(bedrock(lab.url));
    const refused = await other.post("/chat", body);
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({
      error: { message: "LLM request failed before proxying" },
    });
    await lab.stop();
  });
});
