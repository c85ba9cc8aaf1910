import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { home, MINUTE_MS, NOW_MS, signerWith, standIn, stsAnswer } from "./aws-signer.ts";

describe("30 a profile's credential_process", () => {
  const answer = (id: string) =>
    JSON.stringify({
      Version: 1,
      AccessKeyId: id,
      SecretAccessKey: "s",
      SessionToken: "t",
      Expiration: new Date(NOW_MS + 60 * MINUTE_MS).toISOString(),
    });
  /** A profile whose program writes this and ends with this code. */
  async function running(output: string, code = 0) {
    const HOME = await home({
      "keys.json": output,
      "my keys.sh": `cat "$(dirname "$0")/keys.json"\necho canary-on-stderr >&2\nexit ${code}\n`,
    });
    const command = `credential_process = sh "${HOME}/my keys.sh" canary-argument\n`;
    await mkdir(join(HOME, ".aws"));
    await writeFile(join(HOME, ".aws/config"), `[default]\n${command}`);
    return signerWith({ env: { HOME, PATH: process.env["PATH"] ?? "" } });
  }

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
    const env = { HOME, AWS_ENDPOINT_URL_STS: url, PATH: process.env["PATH"] ?? "" };
    expect(await signerWith({ env }).keyId()).toBe("ROLE");
    expect(requests[0]?.headers.get("authorization")).toContain("Credential=PROCESS/");
  });

  test.each([
    ["ended with exit code 7", answer("P"), 7],
    ["not a JSON object", "canary", 0],
    ["not a JSON object", "3", 0],
    ["does not answer in version 1", '{"Version":2}', 0],
    ["answered without AWS credentials", '{"Version":1,"AccessKeyId":"canary"}', 0],
  ])("that fails is named, and nothing of it repeated: %s", async (words, output, code) => {
    const error = await (await running(output, code)).failure();
    expect(error).toMatchObject({ code: "upstream_credentials", status: 500 });
    expect(error.message).toContain("the credential_process of the AWS profile default");
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("canary");
  });
});
