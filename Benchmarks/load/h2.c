// HTTP/2 as far as an idle connection and a handshake need it: the preface and empty SETTINGS.
// The calls of the gRPC peers are h2load's.
#include "load.h"

static void hello(connection *c) {
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
  uint8_t *out = reserve(c, sizeof preface - 1);
  memcpy(out, preface, sizeof preface - 1);
  commit(c, sizeof preface - 1);
}

static void call(connection *c, uint32_t slot) {
  (void)c;
  (void)slot;
}

static ssize_t receive(connection *c, const uint8_t *bytes, size_t count) {
  (void)c;
  (void)bytes;
  return (ssize_t)count;
}

const framing h2_framing = {
    .name = "h2",
    .alpn = (const unsigned char *)"\x02h2",
    .alpn_bytes = 3,
    .is_mute = 1,
    .hello = hello,
    .call = call,
    .receive = receive};
