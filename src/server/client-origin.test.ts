import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addressMatcher, createFindOrigin, trustNobody } from "./client-origin.ts";

const find = (
  peer: string,
  header: string | undefined,
  { ips = ["10.0.0.0/8", "::1"], recursive = false, name = "X-Forwarded-For" } = {},
) =>
  createFindOrigin({ trustedIps: ips, realIpHeader: name, realIpRecursive: recursive })(
    peer,
    new Headers(header === undefined ? {} : { [name]: header }),
  );

describe("where a call comes from", () => {
  test.each([
    ["an unknown peer says what it likes", "192.0.2.1", "203.0.113.9", false, "192.0.2.1", false],
    ["a trusted hop without the header", "10.0.0.1", undefined, false, "10.0.0.1", true],
    ["the last of a list", "10.0.0.1", "203.0.113.9, 198.51.100.7", false, "198.51.100.7", true],
    ["the last, though trusted", "10.0.0.1", "203.0.113.9, 10.0.0.2", false, "10.0.0.2", true],
    [
      "recursive: trusted hops left out",
      "10.0.0.1",
      "203.0.113.9, 10.0.0.2",
      true,
      "203.0.113.9",
      true,
    ],
    [
      "recursive: what is left of the client",
      "10.0.0.1",
      "1.1.1.1, 203.0.113.9, 10.0.0.2",
      true,
      "203.0.113.9",
      true,
    ],
    ["recursive: all trusted", "10.0.0.1", "10.0.0.3, 10.0.0.2", true, "10.0.0.3", true],
    ["an IPv6 hop", "::1", "2001:db8::5", false, "2001:db8::5", true],
    ["an IPv6 hop at full length", "0:0:0:0:0:0:0:1", "2001:db8::5", false, "2001:db8::5", true],
    ["IPv4 within IPv6", "::ffff:10.0.0.1", "::ffff:203.0.113.9", false, "203.0.113.9", true],
    ["an address with its port", "10.0.0.1", "203.0.113.9:4711", false, "203.0.113.9", true],
    ["an IPv6 address with its port", "10.0.0.1", "[2001:db8::5]:4711", false, "2001:db8::5", true],
    ["no address", "10.0.0.1", "unknown", false, "10.0.0.1", true],
    ["no address to the left", "10.0.0.1", "evil, 10.0.0.2", true, "10.0.0.2", true],
  ] as const)("%s", (_, peer, header, recursive, clientIp, isTrusted) => {
    const origin = find(peer, header, { recursive });
    expect(origin).toMatchObject({ clientIp, hop: { isTrusted } });
  });

  test("the header has the name that it is given", () => {
    expect(find("10.0.0.1", "203.0.113.9", { name: "X-Real-IP" }).clientIp).toBe("203.0.113.9");
  });

  test("nobody is trusted unless said", () => {
    const headers = new Headers({ "x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9" });
    expect(trustNobody("::ffff:127.0.0.1", headers)).toEqual({
      clientIp: "127.0.0.1",
      hop: { ip: "127.0.0.1", isTrusted: false },
    });
  });
});

describe("addresses in blocks", () => {
  test("a block holds the addresses whose first bits are its own", () => {
    const bits = fc.integer({ min: 0, max: 32 });
    const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(address, address, bits, (block, one, length) => {
        const first = (value: number) => (length === 0 ? 0 : value >>> (32 - length));
        const isInside = addressMatcher([`${dotted(block)}/${length}`]);
        expect(isInside(dotted(one))).toBe(first(block) === first(one));
        expect(isInside(dotted(block))).toBe(true);
      }),
    );
  });

  test("IPv4 and IPv6 are told apart, and everything may be trusted", () => {
    const isInside = addressMatcher(["0.0.0.0/0"]);
    expect([isInside("203.0.113.9"), isInside("2001:db8::5")]).toEqual([true, false]);
    const isIn6 = addressMatcher(["2001:db8::/32"]);
    expect(["2001:db8:ffff::1", "2001:db9::1", "32.1.13.184"].map(isIn6)).toEqual([
      true,
      false,
      false,
    ]);
    expect(addressMatcher([])("127.0.0.1")).toBe(false);
  });
});

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}
