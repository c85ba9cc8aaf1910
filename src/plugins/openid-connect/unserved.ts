/**
 * Fields of the reference's plugin that do nothing there either while clients bring signed tokens: they
 * are of logins, sessions, opaque tokens and of the client that the gateway itself would be.
 */
const OF_OTHER_METHODS =
  /^(?:(?:authorization|client|dpop|id_token|introspection|jwt_session|login|logout|mtls|password|pushed_authorization|redis|refresh_token|response|revocation|session|tls_client|token_(?:cache|endpoint|headers|post)|userinfo)(?:_|$)|cache_(?!ttl$)|cluster_cache_|(?:forbidden|unauthorized)_destroy_session$|require_)|^(?:audience|disable_session|end_session_endpoint|http_version|ignore_signature|keepalive|preserve_query_args|redirect_uri|refresh_tokens|reverify|scopes|unexpected_redirect_uri|verify_nonce|verify_parameters)$/;

const NOT_SERVED = "not served here";

/** Fields that change what becomes of a signed token, and that nothing here acts on. */
export const UNSERVED = {
  by_username_ignore_case: NOT_SERVED,
  consumer_groups_claim: `${NOT_SERVED}; authenticated_groups_claim is, with acl`,
  consumer_groups_optional: NOT_SERVED,
  discovery_headers_names: NOT_SERVED,
  discovery_headers_values: NOT_SERVED,
  domains: NOT_SERVED,
  downstream_access_token_header: NOT_SERVED,
  downstream_access_token_jwk_header: NOT_SERVED,
  downstream_headers: NOT_SERVED,
  downstream_headers_claims: NOT_SERVED,
  downstream_headers_names: NOT_SERVED,
  downstream_id_token_header: NOT_SERVED,
  downstream_user_info_header: NOT_SERVED,
  enable_hs_signatures: `${NOT_SERVED}: the jwt plugin verifies shared secrets`,
  forbidden_redirect_uri: NOT_SERVED,
  http_proxy: NOT_SERVED,
  http_proxy_authorization: NOT_SERVED,
  https_proxy: NOT_SERVED,
  https_proxy_authorization: NOT_SERVED,
  introspect_jwt_tokens: `${NOT_SERVED}: signed tokens are verified by the issuer's keys`,
  max_age: NOT_SERVED,
  no_proxy: NOT_SERVED,
  proof_of_possession_auth_methods_validation: NOT_SERVED,
  proof_of_possession_dpop: NOT_SERVED,
  proof_of_possession_mtls: NOT_SERVED,
  resolve_distributed_claims: NOT_SERVED,
  search_user_info: NOT_SERVED,
  token_exchange: NOT_SERVED,
  token_exchange_endpoint: NOT_SERVED,
  unauthorized_redirect_uri: NOT_SERVED,
  upstream_access_token_header: `${NOT_SERVED}; hide_credentials: false leaves the token where it is`,
  upstream_access_token_jwk_header: NOT_SERVED,
  upstream_headers: NOT_SERVED,
  upstream_headers_claims: NOT_SERVED,
  upstream_headers_names: NOT_SERVED,
  upstream_id_token_header: NOT_SERVED,
  upstream_user_info_header: NOT_SERVED,
  using_pseudo_issuer: `${NOT_SERVED}; jwks_endpoint takes the place of discovery`,
  verify_claims: `${NOT_SERVED}: they are always verified`,
  verify_signature: `${NOT_SERVED}: it is always verified`,
} as const;

/** The values by which a field asks for what is done anyway. */
const INERT: Readonly<Record<string, unknown>> = {
  proof_of_possession_auth_methods_validation: true,
  proof_of_possession_dpop: "off",
  proof_of_possession_mtls: "off",
  verify_claims: true,
  verify_signature: true,
};

/** The options without what asks for nothing: files that were written out whole name every field. */
export function withoutInert(options: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => {
      if (OF_OTHER_METHODS.test(name)) return false;
      return !Object.hasOwn(UNSERVED, name) || !isInert(name, value);
    }),
  );
}

function isInert(name: string, value: unknown): boolean {
  if (Object.hasOwn(INERT, name)) return value === INERT[name];
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
}
