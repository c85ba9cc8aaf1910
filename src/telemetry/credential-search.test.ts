import { describe, expect, test } from "bun:test";
import { credentialSearch } from "./credential-search.ts";

const KEY = "sk-proj-Q7v/x+Lm2Zr9TtY4wKb8Ns3Ha6Dc1Ef5Gj0";

describe("a credential in a vendor's words", () => {
  const { without } = credentialSearch([`Bearer ${KEY}`]);

  test.each([
    ["whole", `Incorrect key: ${KEY}.`, "Incorrect key: sk-proj-REDACTED."],
    ["with its scheme", `Authorization: Bearer ${KEY}`, "Authorization: Bearer sk-proj-REDACTED"],
    ["cut at its end", `key ${KEY.slice(0, 20)}… is wrong`, "key sk-proj-REDACTED… is wrong"],
    ["cut at its beginning", `key …${KEY.slice(-12)}`, "key …REDACTED"],
    ["its middle", `key …${KEY.slice(14, 24)}…`, "key …REDACTED…"],
    ["escaped as in a URL", `?key=${encodeURIComponent(KEY)}&x=1`, "?key=sk-proj-REDACTED&x=1"],
    ["escaped twice", encodeURIComponent(encodeURIComponent(KEY)), "sk-proj-REDACTED"],
    ["JSON's solidus", `{"m":"${KEY.replaceAll("/", "\\/")}"}`, '{"m":"sk-proj-REDACTED"}'],
    ["JSON's \\u", KEY.replaceAll("/", "\\u002f").replaceAll("+", "\\u002B"), "sk-proj-REDACTED"],
    ["JSON in JSON", KEY.replaceAll("/", "\\\\/"), "sk-proj-REDACTED"],
    ["HTML", KEY.replaceAll("/", "&#x2F;").replaceAll("+", "&#43;"), "sk-proj-REDACTED"],
    ["twice", `${KEY} ${KEY}`, "sk-proj-REDACTED sk-proj-REDACTED"],
  ])("is removed: %s", (_, said, left) => {
    expect(without(said)).toBe(left);
  });

  test.each(["", "a", "ab"])("is removed: in base64, behind '%s'", (before) => {
    const written = btoa(`${before}${KEY}:and more`);
    const left = without(written);
    expect(left).toMatch(/^[\w+/]{8,16}REDACTED[\w+/]{9,16}=*$/);
    expect(written.startsWith(left.slice(0, 8)) && written.endsWith(left.slice(-9))).toBe(true);
  });

  test.each([
    ["nothing of it", '{"error":{"message":"a \\"quoted\\" 100%25 & more"}}'],
    ["its kind", "Keys begin with sk-proj-"],
    ["what a vendor has masked", "Incorrect API key provided: sk-Q7v/x***...***Gj0"],
    ["masked, of a newer kind", `Incorrect API key: sk-proj-********${KEY.slice(-4)}`],
  ])("stays: %s", (_, said) => {
    expect(without(said)).toBe(said);
  });

  test("of Basic the pair and the password are ones too", () => {
    const basic = credentialSearch([`Basic ${btoa("me:open/sesame!")}`]);
    expect(basic.without(`no: ${btoa("me:open/sesame!")}`)).toBe("no: REDACTED");
    expect(basic.without("user me:open/sesame!")).toBe("user REDACTED");
    expect(basic.without("password open\\/sesame!")).toBe("password REDACTED");
  });

  test("of a signed request the key's id and the signature are; its region and date are none", () => {
    const signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    const scope = "20261130/us-east-1/bedrock/aws4_request";
    const signed = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE1234/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
    const search = credentialSearch([signed]);
    expect(search.without(`'${signed}'`)).toBe(
      `'AWS4-HMAC-SHA256 Credential=REDACTED/${scope}, SignedHeaders=host;x-amz-date, Signature=REDACTED'`,
    );
  });

  test("a short one is removed where it stands alone", () => {
    const short = credentialSearch(["Bearer hunter", "x"]);
    expect(short.without("key 'hunter' of hunters, x")).toBe("key 'REDACTED' of hunters, x");
    expect(credentialSearch(["Bearer sk-vendor"]).without("the vendor says sk-vendor")).toBe(
      "the vendor says REDACTED",
    );
  });

  test("a cheap look finds it whole and from either end", () => {
    const { suspects } = credentialSearch([`Bearer ${KEY}`]);
    expect([KEY, KEY.slice(0, 18), KEY.slice(-9), "req_Q7v"].map(suspects)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
