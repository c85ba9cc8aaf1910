export interface Stop {
  /** Asked for by a supervisor, which may still send calls for a moment. */
  readonly graceful: boolean;
  /** Something broke that nobody caught. */
  readonly failed: boolean;
}

interface Asked {
  reload(): void;
  rollBack(): void;
}

/** The launcher and the terminal may both pass on one Ctrl-C; this close together they are one. */
const SAME_SIGNAL_MS = 300;

/**
 * Resolves at SIGTERM, SIGINT, the launcher's end or an uncaught error; a second signal ends the
 * process at once. SIGHUP reloads, SIGUSR2 goes back to the configuration before.
 */
export function untilStopped({ reload, rollBack }: Asked): Promise<Stop> {
  return new Promise((resolve) => {
    let stoppedAtMs: number | undefined;
    const onStop = (graceful: boolean, exitCode: number) => () => {
      const nowMs = performance.now();
      if (stoppedAtMs !== undefined && nowMs - stoppedAtMs > SAME_SIGNAL_MS) process.exit(exitCode);
      stoppedAtMs ??= nowMs;
      resolve({ graceful, failed: false });
    };
    process.on("SIGTERM", onStop(true, 143));
    process.on("SIGINT", onStop(false, 130));
    process.on("SIGHUP", reload);
    if (process.platform !== "win32") process.on("SIGUSR2", rollBack);
    whenLauncherGone(() => resolve({ graceful: true, failed: false }));
    const onError = (error: unknown) => {
      console.error("dragoman: an error that nobody caught; shutting down:", error);
      resolve({ graceful: false, failed: true });
    };
    process.on("uncaughtException", onError);
    process.on("unhandledRejection", onError);
  });
}

/**
 * Tells when the launcher (`bin/bun.mjs`) is gone without having passed a signal on; never in a
 * process that was started without one. It holds the other end of a channel, which the system closes.
 */
export function whenLauncherGone(tell: () => void): void {
  if (!process.connected) return;
  process.once("disconnect", tell);
  // Nothing is waited for on the channel.
  process.channel?.unref();
}
