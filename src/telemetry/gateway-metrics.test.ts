import { expect, test } from "bun:test";
import { sampleCall } from "../../tests/fixtures/sample-call.ts";
import { GatewayError } from "../chat/error.ts";
import { closeRecord } from "./call-record.ts";
import { countCall, gatewayMetrics } from "./gateway-metrics.ts";
import { createRegistry } from "./metrics.ts";

test("a finished call is counted once, with each upstream try that failed", () => {
  const registry = createRegistry();
  const record = sampleCall();
  const [attempt] = record.attempts;
  if (!attempt) throw new Error("the sample has an attempt");
  record.attempts.push({ ...attempt, status: 503 });
  record.attempts.push({ ...attempt, error: new GatewayError("upstream_reset", "reset") });
  record.attempts.push({ ...attempt, error: new GatewayError("client_aborted", "left") });
  closeRecord(record, { endedAtMs: performance.now() });
  countCall(gatewayMetrics(registry), record);
  const text = registry.text();
  expect(text).toContain('dragoman_requests_total{code="200"} 1');
  expect(text).toContain(`{provider="${attempt.provider}",code="http_503"} 1`);
  expect(text).toContain(`{provider="${attempt.provider}",code="upstream_reset"} 1`);
  expect(text).not.toContain("client_aborted");
});
