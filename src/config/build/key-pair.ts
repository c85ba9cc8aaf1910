import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Why a certificate and a key, as PEM texts, cannot serve; undefined when they can. Quotes neither. */
export function keyPairFault(pair: {
  readonly cert: string;
  readonly key: string;
}): { readonly of: "cert" | "key"; readonly message: string } | undefined {
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(pair.cert);
  } catch {
    return { of: "cert", message: "is no certificate in PEM" };
  }
  try {
    key = createPrivateKey(pair.key);
  } catch {
    return { of: "key", message: "is no private key in PEM, or is encrypted" };
  }
  if (certificate.checkPrivateKey(key)) return undefined;
  return { of: "key", message: "is not the key of this certificate" };
}

/** `rsa`, `ec` and the like, of a private key that is one. */
export function kindOfKey(key: string): string | undefined {
  return createPrivateKey(key).asymmetricKeyType;
}
