#pragma once

// One end of TLS 1.3 over a blocking socket that does what the sessions of Cryptography never do: key
// updates, tickets, small records. For tests; belongs to one thread.
typedef struct ctls_peer ctls_peer;

// A client's end, past its handshake, that trusts every server. `fragment`: TLSEXT_max_fragment_length_*,
// 0 for none. NULL when the handshake fails.
ctls_peer *ctls_connect(int descriptor, int fragment);
// A server's end, past its handshake, from PEM files. It sends no tickets by itself.
ctls_peer *ctls_accept(int descriptor, const char *chain, const char *key);
void ctls_free(ctls_peer *peer);

// As SSL_read and SSL_write.
int ctls_read(ctls_peer *peer, void *buffer, int bytes);
int ctls_write(ctls_peer *peer, const void *bytes, int count);

// Key updates or tickets (server) from here on, and bytes, are held back until `ctls_release` sends all in
// one go. Nothing may be read meanwhile.
void ctls_hold(ctls_peer *peer);
// 1: all was sent.
int ctls_release(ctls_peer *peer);
// 1: sent, or held back.
int ctls_update_keys(ctls_peer *peer);
int ctls_send_ticket(ctls_peer *peer);
