// The load generator of `make bench-rpc`: one thread, epoll, OpenSSL. The same for every framing.
//
//   usage: load FRAMING PORT SERVERPID call|echo|handshake|idle CONNECTIONS OUTSTANDING SECONDS WARMUP
//
// FRAMING is limit (peers/c-limit), berth (berth/1; LOAD_TOKEN is its bearer token) or h2 (handshake
// and idle alone). Prints one JSON object. The server's CPU time is user and system from
// /proc/SERVERPID/stat, between the warm-up's end and the last second's.
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.pb-c.h"
#include "histogram.h"

enum {
  RECORD = 16384,
  READ_ROOM = 1 << 17,
  READS = 4,
  EVENTS = 512,
  DESCRIPTORS = 20000,
  CHECKED = 1000,
  ECHO_BYTES = 65536,
  // Handshakes under way while idle connections are opened.
  OPENING = 200,
  IDLE_MILLISECONDS = 1500,
};

enum mode { CALL, ECHO, HANDSHAKE, IDLE };

load the_load;
static const framing *protocol;
static enum mode mode;
static int epoll_descriptor, server;
static SSL_CTX *tls;
static struct sockaddr_in address;
static histogram latencies;
static int is_measuring, checked, open_count, opened;
static uint64_t answers;
static const char *cipher = "";

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "load: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  ERR_print_errors_fp(stderr);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// The server's user and system time in seconds.
static double server_cpu(void) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", server);
  FILE *file = fopen(path, "r");
  if (!file) fail("the server is gone");
  size_t count = fread(text, 1, sizeof text - 1, file);
  text[count] = 0;
  fclose(file);
  unsigned long user = 0, system = 0;
  sscanf(strrchr(text, ')') + 2,
         "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long server_kilobytes(void) {
  char path[64], line[256];
  long value = 0;
  snprintf(path, sizeof path, "/proc/%d/status", server);
  FILE *file = fopen(path, "r");
  if (!file) fail("the server is gone");
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "VmRSS:", 6)) value = atol(line + 6);
  fclose(file);
  return value;
}

// MARK: What is sent

uint8_t *reserve(connection *c, size_t bytes) {
  if (c->out_length + bytes > c->out_capacity) {
    size_t capacity = c->out_capacity ? c->out_capacity : mode == IDLE ? 64 : 8192;
    while (capacity < c->out_length + bytes) capacity *= 2;
    c->out = realloc(c->out, capacity);
    c->out_capacity = capacity;
  }
  return c->out + c->out_length;
}

void commit(connection *c, size_t bytes) { c->out_length += bytes; }

static void watch(connection *c, unsigned events) {
  if (c->events == events) return;
  c->events = events;
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll_descriptor, EPOLL_CTL_MOD, c->fd, &event);
}

static void flush(connection *c) {
  while (c->out_offset < c->out_length) {
    int count = SSL_write(c->ssl, c->out + c->out_offset, (int)(c->out_length - c->out_offset));
    if (count <= 0) {
      int error = SSL_get_error(c->ssl, count);
      if (error == SSL_ERROR_WANT_WRITE) return watch(c, EPOLLIN | EPOLLOUT);
      if (error == SSL_ERROR_WANT_READ) return;
      fail("writing failed");
    }
    c->out_offset += (size_t)count;
  }
  c->out_offset = c->out_length = 0;
  watch(c, EPOLLIN);
}

static void make_call(connection *c, uint32_t slot, uint64_t time) {
  c->started[slot] = time;
  c->received[slot] = 0;
  protocol->call(c, slot);
}

static void make_first_calls(connection *c) {
  c->is_begun = 1;
  uint64_t time = now();
  for (uint32_t slot = 0; slot < the_load.slots; slot++) make_call(c, slot, time);
}

// MARK: What comes

static uint64_t read_time;

static void check_response(const uint8_t *bytes, size_t count) {
  Bench__Response *r = bench__response__unpack(NULL, count, bytes);
  if (!r || strcmp(r->id, "req-0f8fad5b-d9cb-469f-a165-70867728950e") ||
      strcmp(r->greeting, "Hello, Ludwig van Beethoven, Bonn am Rhein, Germany") ||
      r->total != 123456789012LL * 3 + 1 || !r->ok ||
      strcmp(r->note, "processed by the benchmark service ok, no error"))
    fail("a wrong response of %zu bytes", count);
  bench__response__free_unpacked(r, NULL);
}

void answer_part(connection *c, uint32_t slot, const uint8_t *bytes, size_t count) {
  size_t before = c->received[slot];
  c->received[slot] += count;
  if (checked >= CHECKED) return;
  if (mode != ECHO) {
    check_response(bytes, count);
  } else if (c->received[slot] > the_load.message_bytes ||
             memcmp(bytes, the_load.message + before, count)) {
    fail("a wrong echo");
  }
}

void answered(connection *c, uint32_t slot) {
  if (checked < CHECKED) checked++;
  if (mode == ECHO && c->received[slot] != the_load.message_bytes) fail("an echo that is cut off");
  if (is_measuring) {
    histogram_add(&latencies, read_time - c->started[slot]);
    answers++;
  }
  if (mode == HANDSHAKE) {
    c->is_begun = 2;
  } else {
    make_call(c, slot, read_time);
  }
}

static void take_frames(connection *c) {
  read_time = now();
  ssize_t taken = protocol->receive(c, c->in, c->in_length);
  if (taken < 0) fail("a frame that is none");
  c->in_length -= (size_t)taken;
  if (taken && c->in_length) memmove(c->in, c->in + taken, c->in_length);
  if (!c->is_begun && c->is_settled && the_load.slots) make_first_calls(c);
}

static void read_some(connection *c) {
  size_t room = mode == IDLE ? RECORD : READ_ROOM;
  for (int reads = 0, is_drained = 0; reads < READS && !is_drained; reads++) {
    if (c->in_capacity < c->in_length + room) {
      c->in_capacity = c->in_length + room + (mode == IDLE ? 0 : 65536);
      c->in = realloc(c->in, c->in_capacity);
    }
    while (c->in_capacity - c->in_length >= RECORD) {
      int count = SSL_read(c->ssl, c->in + c->in_length, (int)(c->in_capacity - c->in_length));
      if (count <= 0) {
        if (SSL_get_error(c->ssl, count) != SSL_ERROR_WANT_READ) fail("the server closed");
        is_drained = 1;
        break;
      }
      c->in_length += (size_t)count;
      if (protocol->is_mute) c->is_begun = 2;
      if (!SSL_has_pending(c->ssl)) {
        is_drained = 1;
        break;
      }
    }
    take_frames(c);
  }
  if (mode == IDLE && !c->in_length) {
    free(c->in);
    c->in = NULL;
    c->in_capacity = 0;
  }
  if (c->out_length) flush(c);
}

// MARK: Connections

static void open_connection(void) {
  connection *c = calloc(1, sizeof *c);
  int one = 1;
  // A reset instead of TIME_WAIT, which would use up the ports.
  struct linger reset = {1, 0};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket: %s", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (connect(c->fd, (void *)&address, sizeof address) && errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
  c->ssl = SSL_new(tls);
  SSL_set_fd(c->ssl, c->fd);
  SSL_set_connect_state(c->ssl);
  if (the_load.slots) {
    c->started = calloc(the_load.slots, sizeof *c->started);
    c->received = calloc(the_load.slots, sizeof *c->received);
  }
  c->state = calloc(1, protocol->state_bytes + 1);
  c->events = EPOLLIN | EPOLLOUT;
  struct epoll_event event = {.events = c->events, .data.ptr = c};
  epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, c->fd, &event);
  open_count++;
}

static void close_connection(connection *c) {
  SSL_free(c->ssl);
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c->started);
  free(c->received);
  if (protocol->forget) protocol->forget(c);
  free(c->state);
  free(c);
  open_count--;
}

static void established(connection *c) {
  c->is_established = 1;
  cipher = SSL_get_cipher_name(c->ssl);
  opened++;
  watch(c, EPOLLIN);
  protocol->hello(c);
  if (c->is_settled && the_load.slots) make_first_calls(c);
  if (c->out_length) flush(c);
}

static void handshake(connection *c) {
  ERR_clear_error();
  int result = SSL_do_handshake(c->ssl);
  if (result == 1) return established(c);
  switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: return watch(c, EPOLLIN);
    case SSL_ERROR_WANT_WRITE: return watch(c, EPOLLIN | EPOLLOUT);
    default: fail("the handshake failed: %s", strerror(errno));
  }
}

static void serve(connection *c, unsigned events) {
  if (!c->is_established) {
    handshake(c);
    return;
  }
  if (events & EPOLLOUT) flush(c);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(c);
  if (mode == HANDSHAKE && c->is_begun == 2) {
    if (is_measuring && protocol->is_mute) answers++;
    close_connection(c);
    open_connection();
  }
}

static void turn(int milliseconds) {
  static struct epoll_event events[EVENTS];
  int count = epoll_wait(epoll_descriptor, events, EVENTS, milliseconds);
  for (int index = 0; index < count; index++) serve(events[index].data.ptr, events[index].events);
}

// MARK: Runs

static void run(int connections, int slots, double seconds, double warm_up) {
  for (int index = 0; index < connections; index++) open_connection();
  uint64_t begin = now() + (uint64_t)(warm_up * 1e9), end = begin + (uint64_t)(seconds * 1e9);
  uint64_t time = now();
  double cpu = 0;
  for (; time < end; time = now()) {
    if (!is_measuring && time >= begin) {
      is_measuring = 1;
      begin = time;
      cpu = server_cpu();
    }
    turn(20);
  }
  cpu = server_cpu() - cpu;
  seconds = (double)(time - begin) / 1e9;
  if (!answers) fail("no answer in %.1f seconds", seconds);
  printf("{\"connections\":%d,\"outstanding\":%d,\"rate\":%.0f,\"cpu_us\":%.3f,\"cores\":%.2f,",
         connections, slots, (double)answers / seconds, cpu * 1e6 / (double)answers,
         cpu / seconds);
  if (mode != HANDSHAKE)
    printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,",
           histogram_quantile(&latencies, 0.5), histogram_quantile(&latencies, 0.99),
           histogram_quantile(&latencies, 0.999));
  printf("\"cipher\":\"%s\"}\n", cipher);
}

static void run_idle(int connections) {
  long before = server_kilobytes();
  while (opened < connections) {
    while (open_count < connections && open_count - opened < OPENING) open_connection();
    turn(20);
  }
  for (uint64_t end = now() + IDLE_MILLISECONDS * 1000000ull; now() < end;) turn(100);
  long after = server_kilobytes();
  printf("{\"connections\":%d,\"before_kb\":%ld,\"after_kb\":%ld,\"bytes\":%.0f,"
         "\"cipher\":\"%s\"}\n",
         connections, before, after, (double)(after - before) * 1024 / connections, cipher);
}

static void make_message(void) {
  if (mode == ECHO) {
    Bench__Blob blob = BENCH__BLOB__INIT;
    uint8_t *data = malloc(ECHO_BYTES);
    for (int index = 0; index < ECHO_BYTES; index++)
      data[index] = (uint8_t)(index * 7 + (index >> 8));
    blob.data.len = ECHO_BYTES;
    blob.data.data = data;
    uint8_t *message = malloc(bench__blob__get_packed_size(&blob));
    the_load.message_bytes = bench__blob__pack(&blob, message);
    the_load.message = message;
    the_load.is_echo = 1;
    return;
  }
  Bench__Request request = BENCH__REQUEST__INIT;
  request.id = "req-0f8fad5b-d9cb-469f-a165-70867728950e";
  request.name = "Ludwig van Beethoven, Bonn am Rhein, Germany";
  request.amount = 123456789012LL;
  request.active = 1;
  uint8_t *message = malloc(bench__request__get_packed_size(&request));
  the_load.message_bytes = bench__request__pack(&request, message);
  the_load.message = message;
}

static void make_tls(void) {
  tls = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            (mode == IDLE ? SSL_MODE_RELEASE_BUFFERS : 0));
  SSL_CTX_set_read_ahead(tls, 1);
  if (protocol->alpn) SSL_CTX_set_alpn_protos(tls, protocol->alpn, protocol->alpn_bytes);
}

static enum mode mode_named(const char *name) {
  static const char *const names[] = {"call", "echo", "handshake", "idle"};
  for (int index = 0; index < 4; index++)
    if (!strcmp(names[index], name)) return (enum mode)index;
  fail("no mode %s", name);
}

static const framing *framing_named(const char *name) {
  const framing *all[] = {&limit_framing, &berth_framing, &h2_framing};
  for (int index = 0; index < 3; index++)
    if (!strcmp(all[index]->name, name)) return all[index];
  fail("no framing %s", name);
}

int main(int count, char **arguments) {
  if (count != 9)
    fail("usage: load FRAMING PORT SERVERPID call|echo|handshake|idle CONNECTIONS OUTSTANDING "
         "SECONDS WARMUP");
  protocol = framing_named(arguments[1]);
  server = atoi(arguments[3]);
  mode = mode_named(arguments[4]);
  int connections = atoi(arguments[5]), slots = atoi(arguments[6]);
  if (connections < 1 || slots < 0) fail("a load of nothing");
  if (protocol->is_mute && mode != HANDSHAKE && mode != IDLE) fail("no calls over this framing");
  the_load.slots = mode == IDLE || protocol->is_mute ? 0 : (uint32_t)slots;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
  setrlimit(RLIMIT_NOFILE, &limit);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)atoi(arguments[2]));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll_descriptor = epoll_create1(0);
  make_message();
  make_tls();
  if (mode == IDLE) {
    run_idle(connections);
  } else {
    run(connections, slots, atof(arguments[7]), atof(arguments[8]));
  }
  return 0;
}
