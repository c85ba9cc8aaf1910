import type { Finding } from "../file/report.ts";

const WITH_SCHEME = /^bearer\s/i;

const VARIABLE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET)$/;

/** What is wrong with a provider's key, which becomes the value of the header that this vendor reads. */
export function keyFault(key: string): Omit<Finding, "path"> | undefined {
  if (WITH_SCHEME.test(key)) {
    return {
      message: "is the key alone, without 'Bearer': that is added where the vendor wants it",
    };
  }
  if (!VARIABLE_NAME.test(key)) return undefined;
  const message =
    "looks like the name of a variable, and is sent as it stands: for its value write a $ before it";
  return { message, severity: "warning" };
}
