import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { serverCertificates } from "../../../src/cli/listeners.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { redact } from "../../../src/config/redact.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { RSA_SELF_SIGNED, SECOND_SELF_SIGNED, SELF_SIGNED } from "../../faults/self-signed.ts";
import { startGateway } from "../../gateway.ts";

function load(file: object, env: Readonly<Record<string, string>> = {}) {
  const text = JSON.stringify({ _format_version: "3.0", ...file });
  const readFile = (path: string) => readFileSync(path, "utf8");
  return loadConfig({ text, file: "test.json" }, { env, plugins: PLUGINS, readFile });
}

function certificatesOf(file: object, env: Readonly<Record<string, string>> = {}) {
  const result = load(file, env);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config.certificates;
}

function problemsOf(file: object): readonly string[] {
  const result = load(file);
  const problems = "problems" in result ? result.problems : [];
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

test("a certificate has the names that it or the list of names says", () => {
  const certificates = certificatesOf({
    certificates: [
      { id: "one", ...SELF_SIGNED, snis: [{ name: "A.example" }, "b.example"] },
      { id: "two", ...SECOND_SELF_SIGNED },
    ],
    snis: [{ name: "*.second.test", certificate: { id: "two" } }],
  });
  expect(certificates.map(({ id, serverNames }) => ({ id, serverNames }))).toEqual([
    { id: "one", serverNames: ["a.example", "b.example"] },
    { id: "two", serverNames: ["*.second.test"] },
  ]);
});

test("its key may be in a vault, and is never shown", () => {
  const file = { certificates: [{ ...SELF_SIGNED, key: "{vault://env/tls-key}" }] };
  const env = { TLS_KEY: SELF_SIGNED.key };
  expect(certificatesOf(file, env)[0]?.key).toBe(SELF_SIGNED.key);
  const result = load(file, env);
  if ("problems" in result) throw new Error("not loaded");
  expect(JSON.stringify(redact(result.config).certificates)).not.toContain("PRIVATE KEY");
});

test.each([
  [
    "another's key",
    { ...SELF_SIGNED, key: SECOND_SELF_SIGNED.key },
    "key: is not the key of this certificate",
  ],
  ["no key", { ...SELF_SIGNED, key: "canary" }, "key: is no private key in PEM, or is encrypted"],
  ["no certificate", { ...SELF_SIGNED, cert: "x" }, "cert: is no certificate in PEM"],
  [
    "an encrypted key",
    { ...SELF_SIGNED, passphrase: "x" },
    "passphrase: encrypted keys are not built yet",
  ],
])("%s is refused", (_, certificate, complaint) => {
  expect(problemsOf({ certificates: [certificate] })).toEqual([`certificates[0].${complaint}`]);
});

test("two certificates for one name are refused", () => {
  const certificates = [
    { ...SELF_SIGNED, snis: ["a.example"] },
    { ...SECOND_SELF_SIGNED, snis: ["a.example"] },
  ];
  expect(problemsOf({ certificates })).toEqual([
    "certificates[1].snis: uniqueness violation: 'snis' entity with name set to 'a.example' already declared",
  ]);
});

const BOTH = {
  ...RSA_SELF_SIGNED,
  cert_alt: SELF_SIGNED.cert,
  key_alt: SELF_SIGNED.key,
};

test("with keys of two kinds, each client is shown the certificate that it takes", async () => {
  const [certificate] = certificatesOf({ certificates: [BOTH] });
  if (!certificate) throw new Error("no certificate");
  const certificates = serverCertificates({ certificates: [certificate] }, undefined);
  await using gateway = await startGateway(
    { _format_version: "3.0" },
    { server: { certificates } },
  );
  const kindShown = (signatures: string) =>
    new Promise((resolve, reject) => {
      const socket = connect({
        port: gateway.port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        maxVersion: "TLSv1.2",
        ciphers: signatures,
      });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        resolve(new X509Certificate(socket.getPeerCertificate().raw).publicKey.asymmetricKeyType);
        socket.destroy();
      });
    });
  expect(await kindShown("ECDHE-RSA-AES128-GCM-SHA256")).toBe("rsa");
  expect(await kindShown("ECDHE-ECDSA-AES128-GCM-SHA256")).toBe("ec");
  const { config } = gateway.gateway;
  const printed = JSON.stringify(redact({ ...config, certificates: [certificate] }));
  expect(printed).not.toContain("PRIVATE");
});

test.each([
  ["half of it", { key_alt: undefined }, "key_alt: all or none of these fields must be set"],
  [
    "another's key",
    { key_alt: RSA_SELF_SIGNED.key },
    "key_alt: is not the key of this certificate",
  ],
  [
    "one of the same kind",
    { cert_alt: RSA_SELF_SIGNED.cert, key_alt: RSA_SELF_SIGNED.key },
    "cert_alt: is of the same kind as cert",
  ],
])("a second certificate is refused for %s", (_what, over, complaint) => {
  const problems = problemsOf({ certificates: [{ ...BOTH, ...over }] });
  expect(problems).toEqual([expect.stringContaining(`certificates[0].${complaint}`)]);
});

test("a route may be for the names of some servers alone, of what comes over TLS", async () => {
  const route = (name: string, more: object) => ({ name, paths: ["/"], ...more });
  const file = {
    _format_version: "3.0",
    routes: [route("of-a", { snis: ["a.example"] }), route("of-b", { snis: ["b.example"] })],
  };
  await using gateway = await startGateway(file, { server: { certificates: [SELF_SIGNED] } });
  const routeOf = async (host: string) => {
    const before = gateway.records.length;
    const response = await fetch(gateway.url, {
      headers: { host },
      tls: { rejectUnauthorized: false },
    });
    await response.text();
    return (await gateway.record(before + 1)).route?.name;
  };
  expect(await routeOf("a.example")).toBe("of-a");
  expect(await routeOf("B.example.:8443")).toBe("of-b");
  expect(await routeOf("c.example")).toBeUndefined();
});
