#pragma once
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <sys/socket.h>

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

// A BIO over a socket that is not its own. Unlike OpenSSL's it raises no SIGPIPE, and can tell the
// kernel that more follows at once (MSG_MORE), which then joins what would be packets of their own.
// Its data is the descriptor, shifted left by one, and that mark.
static inline int berth_socket_read(BIO *bio, char *bytes, int count) {
  ssize_t got = recv((int)((intptr_t)BIO_get_data(bio) >> 1), bytes, (size_t)count, 0);
  BIO_clear_retry_flags(bio);
  if (got < 0 && BIO_sock_should_retry((int)got)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return (int)got;
}
static inline int berth_socket_write(BIO *bio, const char *bytes, int count) {
  intptr_t data = (intptr_t)BIO_get_data(bio);
  int flags = MSG_NOSIGNAL | (data & 1 ? MSG_MORE : 0);
  ssize_t sent = send((int)(data >> 1), bytes, (size_t)count, flags);
  BIO_clear_retry_flags(bio);
  if (sent < 0 && BIO_sock_should_retry((int)sent)) BIO_set_retry_write(bio);
  return (int)sent;
}
static inline long berth_socket_control(BIO *bio, int command, long number, void *pointer) {
  (void)number;
  (void)pointer;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH;
}
// NULL: out of memory. Lives as long as the process.
static inline BIO_METHOD *berth_socket_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "berth socket");
  if (method) {
    BIO_meth_set_read(method, berth_socket_read);
    BIO_meth_set_write(method, berth_socket_write);
    BIO_meth_set_ctrl(method, berth_socket_control);
  }
  return method;
}
static inline BIO *berth_socket_new(const BIO_METHOD *method, int descriptor) {
  BIO *bio = BIO_new(method);
  if (bio) {
    BIO_set_data(bio, (void *)((intptr_t)descriptor << 1));
    BIO_set_init(bio, 1);
  }
  return bio;
}
static inline void berth_socket_more_follows(SSL *session, int follows) {
  BIO *bio = SSL_get_wbio(session);
  intptr_t data = (intptr_t)BIO_get_data(bio);
  BIO_set_data(bio, (void *)((data & ~(intptr_t)1) | (follows ? 1 : 0)));
}
static const unsigned long berth_name_rfc2253 = XN_FLAG_RFC2253;
