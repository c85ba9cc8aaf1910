import { createLocalModel } from "../embeddings/local-model.ts";
import { connectionPool } from "../http-client/pool.ts";
import { aiMetrics } from "../telemetry/ai-metrics.ts";
import { gatewayMetrics, httpMetrics } from "../telemetry/gateway-metrics.ts";
import { createRegistry } from "../telemetry/metrics.ts";
import { createAnswerStores } from "./call/answer-stores.ts";
import { bodyBudget } from "./call/body-budget.ts";
import { createDeadlines } from "./call/clocks.ts";
import { createKeptState } from "./call/kept-state.ts";
import { createOperatorLog, type LogLevel } from "./call/operator-log.ts";
import type { ProcessMetrics, ProcessState } from "./call/process-state.ts";
import { createSend } from "./upstream/send.ts";

export interface ProcessLimits {
  /** Bytes of request bodies that are held at most; whatever is asked for unless said. */
  readonly bodyBytes?: number;
  /** The lightest of what is told to whoever runs the gateway; `notice` unless said. */
  readonly logLevel?: LogLevel;
}

const IS_PROXIED = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].some(
  (name) => (process.env[name] ?? "") !== "",
);

/** Nothing of it is at work before there is something to do: no timer, no connection, no thread. */
export function createProcessState(limits: ProcessLimits = {}): ProcessState {
  const { bodyBytes = Number.POSITIVE_INFINITY, logLevel } = limits;
  const metrics = processMetrics();
  const deadlines = createDeadlines();
  const budget = bodyBudget(bodyBytes, () => metrics.bodiesShed.add(1));
  if (limits.bodyBytes !== undefined) {
    metrics.bodyBytes.from(() => budget.heldBytes);
    metrics.bodyBytesLimit.from(() => budget.limitBytes);
  }
  return {
    metrics,
    operatorLog: createOperatorLog(logLevel),
    deadlines,
    bodyBudget: budget,
    kept: createKeptState(),
    localModel: createLocalModel(),
    answerStores: createAnswerStores(),
    send: createSend({ connections: connectionPool(), deadlines, metrics, isProxied: IS_PROXIED }),
  };
}

function processMetrics(): ProcessMetrics {
  const registry = createRegistry();
  return {
    ...gatewayMetrics(registry),
    recordHttp: httpMetrics(registry),
    recordAi: aiMetrics(registry),
    text: registry.text,
  };
}
