import { randomBytes } from "node:crypto";
import { keyDigest } from "../plugins/key-auth/key-index.ts";
import { defineCommand, print, UsageError } from "./command.ts";

const NAME = /^[\w.-]+$/;

export const key = defineCommand({
  name: "key",
  about: "Makes a key for a caller, and the lines that let it in; the key is shown once.",
  operands: "new [NAME]",
  options: { json: { type: "boolean", about: "Print name, key and hash as JSON." } },
  async run(values, [action, name = "my-app", ...more]) {
    if (action !== "new" || more.length > 0) throw new UsageError("write key new, and a name");
    if (!NAME.test(name)) {
      throw new UsageError(`'${name}' is no name: use letters, digits and the characters . - _`);
    }
    const made = newKey();
    await print(values.json ? JSON.stringify({ name, ...made }, null, 2) : shown(name, made));
    return 0;
  },
});

/** 256 random bits; the id in front tells keys apart where only their beginnings are seen. */
function newKey(): { key: string; hash: string } {
  const id = randomBytes(4).toString("hex");
  const secret = `dg_${id}_${randomBytes(32).toString("base64url")}`;
  return { key: secret, hash: keyDigest(secret) };
}

function shown(name: string, { key: secret, hash }: { key: string; hash: string }): string {
  return `${secret}

This is the only time the key is shown. To let it in:

keys:
  ${name}:
    hash: "${hash}"`;
}
