// berth/1 (docs/protocol.md), the client's side: SETTINGS, CREDENTIALS, calls in OPEN and DATA, answers
// in DATA and STATUS, credit in both directions, PONG.
#include <stdlib.h>

#include "load.h"

enum {
  HEADER = 12,
  PAYLOAD = 16372,
  OPEN_HEAD = 12,
  STATUS_HEAD = 8,
  SETTINGS = 1,
  OPEN = 2,
  DATA = 3,
  STATUS = 4,
  WINDOW = 5,
  RESET = 6,
  PING = 7,
  PONG = 8,
  GOAWAY = 9,
  CREDENTIALS = 10,
  END = 1,
  MORE = 2,
  BEGIN = 4,
  STREAM_CREDIT = 4,
  CONNECTION_CREDIT = 5,
  FIRST_CREDIT = 65536,
  // What the library's own client announces.
  OWN_STREAM_CREDIT = 256 << 10,
  OWN_CONNECTION_CREDIT = 1 << 20,
  OWN_MESSAGE = 4 << 20,
  MESSAGE_COST = 64,
  TIMEOUT_MICROSECONDS = 10 * 1000 * 1000,
};

typedef struct open_stream {
  uint32_t id, slot;
} open_stream;

typedef struct state {
  uint32_t next;
  // Which slot a stream's call is in: by the stream's number, at most a quarter full.
  open_stream *streams;
  uint32_t mask;
  int64_t credit;
  size_t owed;
  // Calls that wait for credit, a ring.
  uint32_t *waiting;
  uint32_t first_waiting, waiting_count;
} state;

static void header(uint8_t *to, size_t length, int type, unsigned flags, uint32_t stream) {
  write32(to, (uint32_t)length << 8 | (uint32_t)type);
  write16(to + 4, flags);
  write16(to + 6, 0);
  write32(to + 8, stream);
}

static void setting(uint8_t *to, uint32_t name, uint32_t value) {
  write16(to, name);
  write32(to + 2, value);
}

static void hello(connection *c) {
  state *s = c->state;
  const char *token = getenv("LOAD_TOKEN");
  size_t token_bytes = token ? strlen(token) : 0;
  uint32_t size = 4;
  while (size < 4 * the_load.slots) size *= 2;
  s->next = 1;
  s->mask = size - 1;
  // An idle connection makes no calls, and 5,000 of them need not hold room for any.
  if (the_load.slots) {
    s->streams = calloc(size, sizeof *s->streams);
    s->waiting = calloc(the_load.slots, sizeof *s->waiting);
  }
  s->credit = FIRST_CREDIT;
  uint8_t *out = reserve(c, HEADER + 18 + HEADER + token_bytes);
  header(out, 18, SETTINGS, 0, 0);
  setting(out + HEADER, 2, OWN_MESSAGE);
  setting(out + HEADER + 6, STREAM_CREDIT, OWN_STREAM_CREDIT);
  setting(out + HEADER + 12, CONNECTION_CREDIT, OWN_CONNECTION_CREDIT);
  out += HEADER + 18;
  header(out, token_bytes, CREDENTIALS, 0, 0);
  if (token_bytes) memcpy(out + HEADER, token, token_bytes);
  commit(c, HEADER + 18 + HEADER + token_bytes);
}

// The next stream number whose place in the table is free.
static uint32_t take_stream(state *s, uint32_t slot) {
  uint32_t id = s->next;
  while (s->streams[id >> 1 & s->mask].id) id += 2;
  s->streams[id >> 1 & s->mask] = (open_stream){id, slot};
  s->next = id + 2;
  if (s->next > INT32_MAX - 2) fail("berth: stream numbers are used up");
  return id;
}

static void send_call(connection *c, uint32_t slot) {
  static const char *const methods[] = {"bench.Bench/Call", "bench.Bench/Echo"};
  state *s = c->state;
  const char *method = methods[the_load.is_echo];
  size_t method_bytes = strlen(method), head = OPEN_HEAD + method_bytes;
  size_t left = the_load.message_bytes, part = left < PAYLOAD - head ? left : PAYLOAD - head;
  uint32_t id = take_stream(s, slot);
  uint8_t *out = reserve(c, HEADER + head + part);
  header(out, head + part, OPEN, part == left ? BEGIN | END : BEGIN | MORE, id);
  write32(out + HEADER, 0);
  write32(out + HEADER + 4, TIMEOUT_MICROSECONDS);
  write16(out + HEADER + 8, method_bytes);
  write16(out + HEADER + 10, 0);
  memcpy(out + HEADER + OPEN_HEAD, method, method_bytes);
  memcpy(out + HEADER + head, the_load.message, part);
  commit(c, HEADER + head + part);
  if (part == left) return;
  s->credit -= (int64_t)left + MESSAGE_COST;
  for (size_t offset = part; offset < the_load.message_bytes; offset += part) {
    left = the_load.message_bytes - offset;
    part = left < PAYLOAD ? left : PAYLOAD;
    out = reserve(c, HEADER + part);
    header(out, part, DATA, part == left ? END : MORE, id);
    memcpy(out + HEADER, the_load.message + offset, part);
    commit(c, HEADER + part);
  }
}

static void call(connection *c, uint32_t slot) {
  state *s = c->state;
  if (s->credit > 0) return send_call(c, slot);
  s->waiting[(s->first_waiting + s->waiting_count) % the_load.slots] = slot;
  s->waiting_count++;
}

static void grant(connection *c, uint32_t bytes) {
  state *s = c->state;
  s->credit += bytes;
  while (s->waiting_count && s->credit > 0) {
    uint32_t slot = s->waiting[s->first_waiting];
    s->first_waiting = (s->first_waiting + 1) % the_load.slots;
    s->waiting_count--;
    send_call(c, slot);
  }
}

// Gives credit back once half of it is owed.
static void consume(connection *c, size_t cost) {
  state *s = c->state;
  s->owed += cost;
  if (s->owed < OWN_CONNECTION_CREDIT / 2) return;
  uint8_t *out = reserve(c, HEADER + 4);
  header(out, 4, WINDOW, 0, 0);
  write32(out + HEADER, s->owed);
  commit(c, HEADER + 4);
  s->owed = 0;
}

static void settle(connection *c, const uint8_t *payload, size_t length) {
  for (size_t offset = 0; offset + 6 <= length; offset += 6)
    if (read16(payload + offset) == CONNECTION_CREDIT)
      grant(c, read32(payload + offset + 2) - FIRST_CREDIT);
  c->is_settled = 1;
}

static open_stream *find(connection *c, uint32_t id) {
  state *s = c->state;
  open_stream *stream = s->streams ? &s->streams[id >> 1 & s->mask] : NULL;
  if (!stream || stream->id != id) fail("berth: a frame for stream %u, which is not open", id);
  return stream;
}

static void status(connection *c, uint32_t id, const uint8_t *payload, size_t length) {
  open_stream *stream = find(c, id);
  if (length < STATUS_HEAD || payload[0] != 0)
    fail("berth: status %d: %.*s", length ? payload[0] : -1,
         length < STATUS_HEAD ? 0 : (int)read16(payload + 2), payload + STATUS_HEAD);
  size_t head = STATUS_HEAD + read16(payload + 2) + read16(payload + 4) + read16(payload + 6);
  if (head > length) fail("berth: a STATUS whose head is cut off");
  uint32_t slot = stream->slot;
  stream->id = 0;
  if (length > head) answer_part(c, slot, payload + head, length - head);
  answered(c, slot);
}

static void pong(connection *c, const uint8_t *payload) {
  uint8_t *out = reserve(c, HEADER + 8);
  header(out, 8, PONG, 0, 0);
  memcpy(out + HEADER, payload, 8);
  commit(c, HEADER + 8);
}

static ssize_t receive(connection *c, const uint8_t *bytes, size_t count) {
  size_t offset = 0;
  while (count - offset >= HEADER) {
    const uint8_t *frame = bytes + offset, *payload = frame + HEADER;
    size_t length = read24(frame);
    if (length > PAYLOAD) return -1;
    if (count - offset < HEADER + length) break;
    uint32_t stream = read32(frame + 8);
    switch (frame[3]) {
      case STATUS: status(c, stream, payload, length); break;
      case DATA:
        answer_part(c, find(c, stream)->slot, payload, length);
        consume(c, length + (read16(frame + 4) & BEGIN ? MESSAGE_COST : 0));
        break;
      case WINDOW:
        if (stream == 0) grant(c, read32(payload));
        break;
      case SETTINGS: settle(c, payload, length); break;
      case PING: pong(c, payload); break;
      case PONG: break;
      case RESET: fail("berth: stream %u was reset with code %u", stream, read32(payload));
      case GOAWAY:
        fail("berth: GOAWAY, code %u: %.*s", read32(payload + 4), (int)length - 8, payload + 8);
      default: return -1;
    }
    offset += HEADER + length;
  }
  return (ssize_t)offset;
}

static void forget(connection *c) {
  state *s = c->state;
  free(s->streams);
  free(s->waiting);
}

const framing berth_framing = {
    .name = "berth",
    .alpn = (const unsigned char *)"\x07" "berth/1",
    .alpn_bytes = 8,
    .hello = hello,
    .call = call,
    .receive = receive,
    .state_bytes = sizeof(state),
    .forget = forget};
