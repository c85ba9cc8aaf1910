export interface Watcher {
  /** The reader wants a piece, which may be long in coming. */
  asked?(): void;
  /** A piece, before it goes on; what is thrown breaks the stream off. */
  look?(piece: Uint8Array): void;
  /** There is no further piece. */
  ended?(): void;
}

/** The same bytes, watched. */
export function watchedStream(
  source: ReadableStream<Uint8Array>,
  watcher: Watcher,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        watcher.asked?.();
        const { done, value } = await reader.read();
        if (done) {
          watcher.ended?.();
          controller.close();
          return;
        }
        try {
          watcher.look?.(value);
        } catch (cause) {
          await reader.cancel(cause);
          throw cause;
        }
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
