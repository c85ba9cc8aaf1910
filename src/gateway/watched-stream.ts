/** The same bytes, each piece shown to `look` before it goes on; what that throws breaks the stream off. */
export function watchedStream(
  source: ReadableStream<Uint8Array>,
  look: (piece: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        try {
          look(value);
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
