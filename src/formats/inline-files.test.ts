import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fileAt, isPaddedBase64, plainBase64 } from "./inline-files.ts";

const png = { mediaType: "image/png", source: { kind: "base64", data: "iVBORw0KGgo=" } };

describe("a data URL is read as what it holds, however it is written", () => {
  test.each([
    "data:image/png;base64,iVBORw0KGgo=",
    "DATA:image/png;base64,iVBORw0KGgo=",
    "data:image/PNG;BASE64,iVBORw0KGgo=",
    "data:image/png;charset=utf-8;base64,iVBORw0KGgo=",
    "data:image/png; base64,iVBORw0KGgo=",
    "data:image/png;base64,iVBOR\nw0KGgo=\r\n",
    "data:image/png;base64, iVBO Rw0K Ggo=",
    "data:image/png;base64,iVBORw0KGgo",
    "data:image/png;base64,iVBORw0KGgo%3D",
    "data:image/x-png;base64,iVBORw0KGgo=",
    " data:image/png;base64,iVBORw0KGgo=",
  ])("%j", (url) => {
    expect(fileAt(url, "image/*")).toEqual(png as never);
  });

  test.each([
    ["data:text/plain,a%20b%2C%20c", "text/plain", "a b, c"],
    ["data:,plain", "image/*", "plain"],
    ["data:text/plain;charset=utf-8,%C3%A4ö", "text/plain", "äö"],
  ])("%j holds text as it stands", (url, mediaType, words) => {
    const data = Buffer.from(words).toString("base64");
    expect(fileAt(url, "image/*")).toEqual({ mediaType, source: { kind: "base64", data } });
  });

  test.each(["https://example.com/a.png", "data:image/png;base64", "gs://bucket/a"])(
    "%j stays an address",
    (url) => {
      expect(fileAt(url, "image/*")).toEqual({
        mediaType: "image/*",
        source: { kind: "url", url },
      });
    },
  );

  test("image/jpg is image/jpeg", () => {
    expect(fileAt("data:image/jpg;base64,/9j/", "image/*").mediaType).toBe("image/jpeg");
  });
});

test("URL-safe letters, line breaks and missing padding are the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const plain = Buffer.from(bytes).toString("base64");
      const lines = plain.replace(/.{4}/g, "$&\r\n");
      for (const written of [plain, lines, Buffer.from(bytes).toString("base64url")]) {
        expect(plainBase64(written)).toBe(plain);
      }
    }),
  );
});

describe("padded base64 is told from everything else", () => {
  const padded = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

  test("any text of its letters, signs and white space", () => {
    const letter = fc.constantFrom(..."AQg09+/==-_ \n\t,%ä");
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 12 }), fc.nat(3), (text, place) => {
        const from = Math.min(place, text.length);
        expect(isPaddedBase64(text, from)).toBe(padded.test(text.slice(from)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("one character anywhere in a long one", () => {
    const long = Buffer.alloc(100_000, "dragoman").toString("base64");
    expect(isPaddedBase64(long, 0)).toBe(true);
    const place = fc.nat(long.length - 1);
    fc.assert(
      fc.property(place, fc.constantFrom(..."=-_ \n\0é€"), (at, foreign) => {
        const spoilt = long.slice(0, at) + foreign + long.slice(at + 1);
        expect(isPaddedBase64(spoilt, 0)).toBe(padded.test(spoilt));
        expect(isPaddedBase64(`${long.slice(0, at)}${foreign.repeat(4)}${long.slice(at)}`, 0)).toBe(
          false,
        );
      }),
    );
  });
});
