#include "CTLSPeer.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ctls_peer {
  SSL *ssl;
  int descriptor;
  BIO *held;
};

static const unsigned char alpn[] = "\x07"
                                    "berth/1";

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
                       const unsigned char *in, unsigned int in_bytes, void *argument) {
  (void)ssl, (void)argument;
  return SSL_select_next_proto((unsigned char **)out, out_bytes, alpn, sizeof alpn - 1, in, in_bytes) ==
                 OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Takes the context over.
static ctls_peer *shake_hands(SSL_CTX *context, int descriptor, int is_server, int fragment) {
  ctls_peer *peer = calloc(1, sizeof *peer);
  peer->descriptor = descriptor;
  peer->ssl = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_fd(peer->ssl, descriptor);
  if (fragment) SSL_set_tlsext_max_fragment_length(peer->ssl, fragment);
  if ((is_server ? SSL_accept(peer->ssl) : SSL_connect(peer->ssl)) == 1) return peer;
  ctls_free(peer);
  return NULL;
}

ctls_peer *ctls_connect(int descriptor, int fragment) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1);
  return shake_hands(context, descriptor, 0, fragment);
}

ctls_peer *ctls_accept(int descriptor, const char *chain, const char *key) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
  if (SSL_CTX_use_certificate_chain_file(context, chain) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    SSL_CTX_free(context);
    return NULL;
  }
  return shake_hands(context, descriptor, 1, 0);
}

void ctls_free(ctls_peer *peer) {
  if (!peer) return;
  SSL_free(peer->ssl);
  free(peer);
}

int ctls_read(ctls_peer *peer, void *buffer, int bytes) { return SSL_read(peer->ssl, buffer, bytes); }

int ctls_write(ctls_peer *peer, const void *bytes, int count) {
  return SSL_write(peer->ssl, bytes, count);
}

void ctls_hold(ctls_peer *peer) {
  peer->held = BIO_new(BIO_s_mem());
  SSL_set0_wbio(peer->ssl, peer->held);
}

int ctls_release(ctls_peer *peer) {
  char *bytes = NULL;
  long count = BIO_get_mem_data(peer->held, &bytes);
  long sent = 0;
  while (sent < count) {
    ssize_t result = write(peer->descriptor, bytes + sent, (size_t)(count - sent));
    if (result <= 0) break;
    sent += result;
  }
  peer->held = NULL;
  SSL_set0_wbio(peer->ssl, BIO_new_socket(peer->descriptor, BIO_NOCLOSE));
  return sent == count;
}

int ctls_update_keys(ctls_peer *peer) {
  return SSL_key_update(peer->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(peer->ssl) == 1;
}

int ctls_send_ticket(ctls_peer *peer) {
  return SSL_new_session_ticket(peer->ssl) == 1 && SSL_do_handshake(peer->ssl) == 1;
}
