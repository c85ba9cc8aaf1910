import { acl } from "./acl/acl.ts";
import { agentRun } from "./agent-run/agent-run.ts";
import { aiAzureContentSafety } from "./ai-azure-content-safety/ai-azure-content-safety.ts";
import { aiPromptDecorator } from "./ai-prompt-decorator/ai-prompt-decorator.ts";
import { aiPromptGuard } from "./ai-prompt-guard/ai-prompt-guard.ts";
import { aiPromptTemplate } from "./ai-prompt-template/ai-prompt-template.ts";
import { aiProxy } from "./ai-proxy/ai-proxy.ts";
import { aiProxyAdvanced } from "./ai-proxy-advanced/ai-proxy-advanced.ts";
import { aiRateLimitingAdvanced } from "./ai-rate-limiting-advanced/ai-rate-limiting-advanced.ts";
import { aiRequestTransformer } from "./ai-request-transformer/ai-request-transformer.ts";
import { aiResponseTransformer } from "./ai-response-transformer/ai-response-transformer.ts";
import { aiSemanticCache } from "./ai-semantic-cache/ai-semantic-cache.ts";
import { aiSemanticPromptGuard } from "./ai-semantic-prompt-guard/ai-semantic-prompt-guard.ts";
import { budgets } from "./budgets/budgets.ts";
import { cors } from "./cors/cors.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import { fileLog } from "./file-log/file-log.ts";
import { httpLog } from "./http-log/http-log.ts";
import { ipRestriction } from "./ip-restriction/ip-restriction.ts";
import { jwt } from "./jwt/jwt.ts";
import { keyAuth } from "./key-auth/key-auth.ts";
import { modelList } from "./model-list/model-list.ts";
import { modelRouter } from "./model-router/model-router.ts";
import { openidConnect } from "./openid-connect/openid-connect.ts";
import { prometheus } from "./prometheus/prometheus.ts";
import { rateLimiting } from "./rate-limiting/rate-limiting.ts";
import { rateLimitingAdvanced } from "./rate-limiting-advanced/rate-limiting-advanced.ts";
import { requestSizeLimiting } from "./request-size-limiting/request-size-limiting.ts";
import { unservedPath } from "./unserved-path/unserved-path.ts";

/** Every plugin there is. */
export const PLUGINS: readonly PluginDefinition[] = [
  cors,
  jwt,
  keyAuth,
  openidConnect,
  ipRestriction,
  requestSizeLimiting,
  acl,
  rateLimiting,
  rateLimitingAdvanced,
  aiRateLimitingAdvanced,
  budgets,
  agentRun,
  aiRequestTransformer,
  aiSemanticPromptGuard,
  aiAzureContentSafety,
  aiPromptTemplate,
  aiPromptDecorator,
  aiPromptGuard,
  aiProxy,
  aiProxyAdvanced,
  modelRouter,
  modelList,
  unservedPath,
  aiResponseTransformer,
  aiSemanticCache,
  fileLog,
  httpLog,
  prometheus,
];
