#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Setters that OpenSSL offers as macros, which Swift does not import.
static inline int berth_ctx_set_min_tls13(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
}
static inline long berth_ctx_set_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_mode(context, mode);
}
static inline void berth_keep_buffers(SSL *ssl, int keep) {
  if (keep) {
    SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  } else {
    SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    // Does nothing while they hold something: then they go when that is read or written.
    SSL_free_buffers(ssl);
  }
}
static inline void berth_ctx_set_read_ahead(SSL_CTX *context, int enabled) {
  SSL_CTX_set_read_ahead(context, enabled);
}
static inline long berth_ctx_disable_session_cache(SSL_CTX *context) {
  return SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline long berth_set_server_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name);
}
static const unsigned long berth_name_rfc2253 = XN_FLAG_RFC2253;
