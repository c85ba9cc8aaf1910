import { z } from "zod";

/** Options that every plugin which reads prompts has. */
export const maxRequestBodySize = z
  .int()
  .min(0)
  .default(1_048_576)
  .describe("Largest request body that is read, in bytes; 0 means no limit.");
