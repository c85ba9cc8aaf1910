import { describe, expect, test } from "bun:test";
import { queryArguments, redactText, redactUri } from "./redact.ts";

describe("redactUri", () => {
  test.each([
    ["/a", "/a"],
    ["/a?", "/a?"],
    ["/a?b=c&d", "/a?b=c&d"],
    ["/a?key=s", "/a?key=REDACTED"],
    ["/a?Api_Key=s&b=%zz", "/a?Api_Key=REDACTED&b=%zz"],
    ["/a?b=1;key=s#token=t", "/a?b=1;key=REDACTED#token=REDACTED"],
    ["/a?to=http://h/?token=s", "/a?to=http://h/?token=REDACTED"],
    ["/a?monkey=1&keys=2", "/a?monkey=1&keys=2"],
  ])("%s", (uri, masked) => expect(redactUri(uri)).toBe(masked));
});

test("queryArguments decodes names and values, keeps malformed escapes, and survives odd names", () => {
  expect({ ...queryArguments("/a?b=x+y%21&c=%zz&b=2&b=3&=e&&f") }).toEqual({
    b: ["x y!", "2", "3"],
    c: "%zz",
    "": "e",
    f: "",
  });
  expect(JSON.stringify(queryArguments("/a?__proto__=1&constructor=2"))).toBe(
    '{"__proto__":"1","constructor":"2"}',
  );
});

describe("redactText", () => {
  test.each([
    [
      "Incorrect API key provided: sk-proj-abcdefgh12345678.",
      "Incorrect API key provided: REDACTED",
    ],
    ["got Authorization: Bearer abc.def-ghi", "got Authorization: REDACTED"],
    ["GET https://h/v1?key=abc failed", "GET https://h/v1?key=REDACTED failed"],
    ["proxy http://user:pass@h:1 refused", "proxy REDACTEDh:1 refused"],
    ["the basic model is down", "the basic model is down"],
    ["model sk-1 not found", "model sk-1 not found"],
  ])("%s", (text, masked) => expect(redactText(text)).toBe(masked));
});
