// What the load generator and its framings share.
#pragma once
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/types.h>

struct connection;

// How one protocol is spoken. Everything else (sockets, TLS, the clock, what is measured) is the
// same for every server.
typedef struct framing {
  const char *name;
  const unsigned char *alpn;  // as OpenSSL takes it; NULL: none
  unsigned alpn_bytes;
  // A protocol that makes no calls here: its first bytes prove that the handshake is over.
  int is_mute;
  // What a client says first. Sets `is_settled` where calls may follow at once.
  void (*hello)(struct connection *);
  // Queues a call in a slot.
  void (*call)(struct connection *, uint32_t slot);
  // Takes whole frames off the front; the bytes taken, or -1.
  ssize_t (*receive)(struct connection *, const uint8_t *bytes, size_t count);
  // Bytes that a connection has for the framing, and what frees what those point to.
  size_t state_bytes;
  void (*forget)(struct connection *);
} framing;

typedef struct connection {
  int fd;
  int is_established;
  // Calls may be made.
  int is_settled;
  int is_begun;
  SSL *ssl;
  unsigned events;
  uint8_t *in;
  size_t in_length, in_capacity;
  uint8_t *out;
  size_t out_offset, out_length, out_capacity;
  // When the call in each slot was made, in nanoseconds.
  uint64_t *started;
  // Bytes of the answer that came so far, for answers in parts.
  size_t *received;
  void *state;
} connection;

typedef struct load {
  uint32_t slots;
  int is_echo;
  const uint8_t *message;
  size_t message_bytes;
} load;

extern load the_load;
extern const framing limit_framing, berth_framing, h2_framing;

// Room for `bytes` more to send; `commit` follows.
uint8_t *reserve(connection *, size_t bytes);
void commit(connection *, size_t bytes);
// Bytes of the answer in a slot that came, before it is whole: looked at, not kept.
void answer_part(connection *, uint32_t slot, const uint8_t *bytes, size_t count);
// The answer in a slot is whole; the slot's next call is made.
void answered(connection *, uint32_t slot);
// Words to the standard error, and the end.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline uint32_t read32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, 4);
  return ntohl(value);
}

static inline uint32_t read16(const uint8_t *from) { return (uint32_t)from[0] << 8 | from[1]; }

static inline uint32_t read24(const uint8_t *from) { return read32(from) >> 8; }

static inline void write32(uint8_t *to, uint32_t value) {
  value = htonl(value);
  memcpy(to, &value, 4);
}

static inline void write16(uint8_t *to, uint32_t value) {
  to[0] = (uint8_t)(value >> 8);
  to[1] = (uint8_t)value;
}
