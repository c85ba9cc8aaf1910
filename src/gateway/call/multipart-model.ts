import { watchedStream } from "./client-body.ts";

const HEAD_END = "\r\n\r\n";
const MODEL_FIELD = /^content-disposition:[^\r\n]*;\s*name="?model"?\s*(?:;|\r|$)/im;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_NAME_BYTES = 4 * 1024;

/**
 * Passes a form (RFC 7578) on as it comes and shows `check` the value of each field called `model`
 * before its last bytes leave. What `check` throws breaks the stream off.
 */
export function watchModelField(
  form: ReadableStream<Uint8Array>,
  contentType: string,
  check: (model: string) => void,
): ReadableStream<Uint8Array> {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return form;
  const scan = modelScanner(boundary, check);
  return watchedStream(form, { look: scan });
}

function modelScanner(boundary: string, check: (model: string) => void) {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let state: "content" | "head" | "model" = "content";
  // The first delimiter needs no line before it.
  let pending: Buffer = Buffer.from("\r\n");

  /** False when more bytes are needed. */
  function step(): boolean {
    const end = state === "head" ? pending.indexOf(HEAD_END) : pending.indexOf(delimiter);
    if (end < 0) {
      if (state === "content") pending = pending.subarray(1 - delimiter.length);
      else if (pending.length > (state === "head" ? MAX_HEAD_BYTES : MAX_NAME_BYTES)) forget();
      return false;
    }
    const part = pending.subarray(0, end);
    if (state === "head") {
      pending = pending.subarray(end + HEAD_END.length);
      state = MODEL_FIELD.test(part.toString("latin1")) ? "model" : "content";
      return true;
    }
    if (state === "model") check(part.toString("utf8"));
    pending = pending.subarray(end + delimiter.length);
    state = "head";
    return true;
  }

  /** Too long to be what it claims: no vendor reads it as a field either. */
  function forget(): void {
    pending = pending.subarray(1 - delimiter.length);
    state = "content";
  }

  return (chunk: Uint8Array): void => {
    pending = Buffer.concat([pending, chunk]);
    while (step());
  };
}
