import { keyPairFault } from "../build/key-pair.ts";
import type { Problem } from "../config.ts";
import type { EnvironmentSettings } from "./environment.ts";

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The pair that the environment gives, as PEM or as paths of files; undefined when it gives none. */
export function environmentCertificate(
  { sslCert, sslCertKey }: Pick<EnvironmentSettings, "sslCert" | "sslCertKey">,
  readFile: (path: string) => string,
): { readonly pair: KeyPair | undefined } | { readonly problem: Problem } {
  if (sslCert === undefined && sslCertKey === undefined) return { pair: undefined };
  if (sslCert === undefined) return problem("cert", "is needed beside KONG_SSL_CERT_KEY");
  if (sslCertKey === undefined) return problem("key", "is needed beside KONG_SSL_CERT");
  const cert = pem(sslCert, readFile);
  if (cert === undefined) return problem("cert", "is no PEM, and no file that can be read");
  const key = pem(sslCertKey, readFile);
  if (key === undefined) return problem("key", "is no PEM, and no file that can be read");
  const fault = keyPairFault({ cert, key });
  return fault ? problem(fault.of, fault.message) : { pair: { cert, key } };
}

const VARIABLES = { cert: "KONG_SSL_CERT", key: "KONG_SSL_CERT_KEY" } as const;

function problem(of: keyof typeof VARIABLES, message: string): { readonly problem: Problem } {
  return { problem: { severity: "error", path: VARIABLES[of], message } };
}

/** The system's reason is left out: a key that was taken for a path would stand in it. */
function pem(written: string, readFile: (path: string) => string): string | undefined {
  if (written.includes("-----BEGIN ")) return written;
  try {
    return readFile(written);
  } catch {
    return undefined;
  }
}
