// The frames of peers/c-limit: u32 length | u32 stream | u16 method | u16 flags | payload.
#include "load.h"

enum { HEADER = 12, MESSAGE = 1 << 22 };

static void hello(connection *c) { c->is_settled = 1; }

static void call(connection *c, uint32_t slot) {
  uint8_t *out = reserve(c, HEADER + the_load.message_bytes);
  write32(out, the_load.message_bytes);
  write32(out + 4, slot);
  write32(out + 8, (uint32_t)the_load.is_echo << 16);
  memcpy(out + HEADER, the_load.message, the_load.message_bytes);
  commit(c, HEADER + the_load.message_bytes);
}

static ssize_t receive(connection *c, const uint8_t *bytes, size_t count) {
  size_t offset = 0;
  while (count - offset >= HEADER) {
    const uint8_t *frame = bytes + offset;
    size_t length = read32(frame);
    if (length > MESSAGE) return -1;
    if (count - offset < HEADER + length) break;
    uint32_t slot = read32(frame + 4);
    if (slot >= the_load.slots) return -1;
    answer_part(c, slot, frame + HEADER, length);
    answered(c, slot);
    offset += HEADER + length;
  }
  return (ssize_t)offset;
}

const framing limit_framing = {
    .name = "limit", .hello = hello, .call = call, .receive = receive};
