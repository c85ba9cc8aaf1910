/** Work that is asked for again while it goes on is done once more afterwards, however often it was asked for. */
export function oneAtATime(work: (signal: AbortSignal) => Promise<void>) {
  const stopping = new AbortController();
  let isWanted = false;
  let running: Promise<void> | undefined;
  async function run(): Promise<void> {
    while (isWanted && !stopping.signal.aborted) {
      isWanted = false;
      await work(stopping.signal);
    }
    running = undefined;
  }
  return {
    ask(): void {
      isWanted = true;
      running ??= run();
    },
    /** Ends what goes on; resolves once it has ended. */
    async stop(): Promise<void> {
      stopping.abort(new Error("the gateway is shutting down"));
      await running;
    },
  };
}
