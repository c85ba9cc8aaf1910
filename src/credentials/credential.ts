/** A request as it is about to be sent: signing schemes cover all of it. */
export interface AuthorizableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | undefined;
}

/** Proves to a cloud who is calling. */
export interface Credential {
  /**
   * The headers to add, names in lower case. Throws `upstream_credentials` with the provider and the
   * cause in its message, never a secret.
   */
  authorize(request: AuthorizableRequest): Promise<Record<string, string>>;
}
