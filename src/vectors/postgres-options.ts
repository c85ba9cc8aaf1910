/** What a `pgvector` group of a configuration says. */
export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
  readonly ssl: boolean;
  readonly ssl_required: boolean;
  readonly ssl_verify: boolean;
  readonly ssl_version: "tlsv1_2" | "tlsv1_3" | "any";
  readonly ssl_cert?: string | undefined;
  readonly ssl_cert_key?: string | undefined;
  /** Milliseconds for a query. */
  readonly timeout: number;
}

/** Throws a sentence where the options cannot be acted on. */
export function checkPostgres(options: PostgresOptions): PostgresOptions {
  const { ssl, ssl_required, ssl_version, ssl_cert, ssl_cert_key } = options;
  if (ssl && ssl_version === "tlsv1_3") {
    throw new Error(
      "pgvector.ssl_version: that it be TLS 1.3 cannot be demanded; any takes it where the server has it",
    );
  }
  if (ssl_required && !ssl) throw new Error("pgvector.ssl_required needs ssl: true beside it");
  if (Boolean(ssl_cert) !== Boolean(ssl_cert_key)) {
    throw new Error("pgvector: ssl_cert and ssl_cert_key are required together");
  }
  return options;
}
