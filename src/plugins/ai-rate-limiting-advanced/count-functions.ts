import type { Call } from "../../gateway/call/call.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import { logRecord } from "../../telemetry/log-record.ts";
import { type LuaFunction, type LuaTable, readLua } from "../lua-function.ts";
import { LuaError } from "../lua-tokens.ts";
import type { RateLimitOptions } from "./options.ts";

/** What the functions of a configuration count. What fails, or is no number, counts nothing and is told to the operator. */
export interface CountFunctions {
  requestPrompt(call: Call): number;
  /** Of a finished call. */
  customCost(call: Call): number;
}

export function countFunctions(
  options: RateLimitOptions,
  operatorLog: OperatorLog,
): CountFunctions {
  const { request_prompt_count_function: requestPrompt, custom_cost_count_function: customCost } =
    options;
  return {
    requestPrompt: counting("request_prompt_count_function", requestPrompt, operatorLog),
    customCost: counting("custom_cost_count_function", customCost, operatorLog),
  };
}

function counting(name: string, source: string | undefined, operatorLog: OperatorLog) {
  const lua: LuaFunction | undefined = source === undefined ? undefined : readLua(source);
  let isTold = false;
  const nothing = (why: string): number => {
    if (!isTold) operatorLog.say("warn", `${name} counts nothing where it fails: ${why}`);
    isTold = true;
    return 0;
  };
  return (call: Call): number => {
    if (!lua) return 0;
    try {
      const value = lua.run({
        header: (header) => call.request.headers.get(header) ?? undefined,
        record: () => logRecord(call.record) as unknown as LuaTable,
      });
      if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
      return value === undefined ? 0 : nothing(`it returned ${JSON.stringify(value)}`);
    } catch (cause) {
      if (!(cause instanceof LuaError)) throw cause;
      return nothing(cause.message);
    }
  };
}
