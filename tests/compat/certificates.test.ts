import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadConfig } from "../../src/config/load-config.ts";
import { redact } from "../../src/config/redact.ts";
import { PLUGINS } from "../../src/plugins/registry.ts";
import { SECOND_SELF_SIGNED, SELF_SIGNED } from "../faults/self-signed.ts";

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
    "passphrase: encrypted keys and second certificates for one name are not built yet",
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
