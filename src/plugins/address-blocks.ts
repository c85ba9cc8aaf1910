import { BlockList, isIP } from "node:net";

/** Whether a text is an address or a block of addresses (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`. */
export function isAddressBlock(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
  );
}

/** Looks addresses up in blocks; what is no block holds none. */
export function addressBlocks(texts: readonly string[]): (address: string) => boolean {
  const blocks = new BlockList();
  for (const text of texts) {
    if (!isAddressBlock(text)) continue;
    const [address = "", bits] = text.split("/");
    const family = familyOf(address);
    const whole = family === "ipv6" ? 128 : 32;
    blocks.addSubnet(address, bits === undefined ? whole : Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && blocks.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
