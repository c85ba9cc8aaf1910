import { describe, expect, test } from "bun:test";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { longDigest, signAws } from "./aws-sigv4.ts";

/** Keys, date and scope of AWS's published test suite for Signature Version 4. */
const SUITE = {
  region: "us-east-1",
  service: "service",
  keys: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  },
  nowMs: Date.UTC(2015, 7, 30, 12, 36, 0),
};

interface Vector {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signed?: string;
  readonly signature: string;
}

const VECTORS: Readonly<Record<string, Vector>> = {
  "get-vanilla": {
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  "get-vanilla-query-order-key-case": {
    path: "/?Param2=value2&Param1=value1",
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  "get-unreserved": {
    path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  "get-utf8": {
    path: "/\u1234",
    signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
  },
  "get-header-value-trim": {
    headers: { "My-Header1": " value1", "My-Header2": ' "a   b   c"' },
    signed: "host;my-header1;my-header2;x-amz-date",
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  },
  "normalize-path get-relative": {
    path: "/example/..",
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  "normalize-path get-slashes": {
    path: "//example//",
    signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  },
  "post-vanilla": {
    method: "POST",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  "post-x-www-form-urlencoded": {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "Param1=value1",
    signed: "content-type;host;x-amz-date",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
};

describe("signAws gives the signatures of AWS's published suite", () => {
  test.each(Object.entries(VECTORS))("%s", (_, vector) => {
    const { method = "GET", path = "/", headers = {}, body = "" } = vector;
    const url = `https://example.amazonaws.com${path}`;
    const signed = signAws({ method, url, headers, body }, SUITE);
    expect(signed).toEqual({
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${vector.signed ?? "host;x-amz-date"}, Signature=${vector.signature}`,
    });
  });
});

class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: unknown) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", secret as string | Uint8Array);
  }
  update(data: unknown) {
    this.#hash.update(data as string | Uint8Array);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

const segment = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/^\.*$/.test(text));
const word = fc.stringMatching(/^[a-zA-Z0-9 _~.*'()!-]{1,8}$/);

test("signAws agrees with the AWS SDK's own signer", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { maxLength: 3 }),
      fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true }),
      fc.string(),
      fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,20}$/)),
      async (segments, query, body, token) => {
        const keys = { ...SUITE.keys, ...(token !== null && { sessionToken: token }) };
        const path = `/model/${segments.map((part) => encodeURIComponent(part)).join("/")}`;
        const search = new URLSearchParams(query).toString().replaceAll("+", "%20");
        const headers = { "content-type": "application/json" };
        const host = "bedrock-runtime.eu-west-1.amazonaws.com";
        const signer = new SignatureV4({
          credentials: keys,
          region: "eu-west-1",
          service: "bedrock",
          sha256: Sha256,
          applyChecksum: false,
        });
        const theirs = await signer.sign(
          {
            method: "POST",
            protocol: "https:",
            hostname: host,
            path,
            query,
            headers: { ...headers, host },
            body,
          },
          { signingDate: new Date(SUITE.nowMs) },
        );
        const url = `https://${host}${path}${search === "" ? "" : `?${search}`}`;
        const ours = signAws(
          { method: "POST", url, headers, body },
          { ...SUITE, keys, region: "eu-west-1", service: "bedrock" },
        );
        expect(ours.authorization).toBe(theirs.headers.authorization ?? "");
        expect(ours["x-amz-security-token"]).toBe(theirs.headers["x-amz-security-token"]);
      },
    ),
  );
});

test("an ARN in the path is encoded once on the wire and once more in what is signed", () => {
  const arn = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.model-v1:0";
  const request = { method: "POST", headers: {}, body: "{}" };
  const once = signAws(
    { ...request, url: `https://h/model/${encodeURIComponent(arn)}/converse` },
    SUITE,
  );
  const raw = signAws({ ...request, url: `https://h/model/${arn}/converse` }, SUITE);
  expect(once.authorization).not.toBe(raw.authorization ?? "");
});

test("a long body is hashed with room for other work, and signed the same", async () => {
  const body = new Uint8Array(3 * 1024 * 1024 + 7).fill(97);
  const request = { method: "POST", url: "https://h/model/m/converse", headers: {}, body };
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 0);
  const bodyDigest = await longDigest(body);
  clearInterval(counting);
  expect(turns).toBeGreaterThan(0);
  expect(signAws({ ...request, ...(bodyDigest && { bodyDigest }) }, SUITE)).toEqual(
    signAws(request, SUITE),
  );
  expect(bodyDigest).toHaveLength(64);
  expect(await longDigest("short")).toBeUndefined();
});
