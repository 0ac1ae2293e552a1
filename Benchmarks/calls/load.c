/* A load generator that speaks berth/1 (docs/protocol.md): one thread, so that it takes little of a
 * small machine from the server.
 *
 *   load HOST:PORT --ca FILE --method PATH --requests FILE [--token FILE] [--pid SERVER]
 *        [--connections N] [--outstanding N] [--seconds S] [--warmup S] [--once]
 *
 * FILE holds one request message a line, in hexadecimal; connections take them in turn. Each
 * connection keeps N calls outstanding. Prints one JSON object; a call that fails counts as an
 * error, with the first one's status, and is not in the rate. --once waits until the server takes
 * connections and ends with the first answer. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
  HEADER = 12, LARGEST_PAYLOAD = 16372, LARGEST_TOKEN = 4096, SLOTS = 1 << 13,
  CREDIT = 1 << 28, CREDIT_STEP = 1 << 24, READ_SPACE = 1 << 17, EVENTS = 512,
};
enum { SETTINGS = 1, OPEN, DATA, STATUS, WINDOW, RESET, PING, PONG, GOAWAY, CREDENTIALS };
enum { END = 1, MORE = 2, BEGIN = 4 };

typedef struct { uint8_t *bytes; size_t start, end, capacity; } buffer;
typedef struct { uint32_t stream; uint64_t began; } slot;
typedef struct {
  int fd, established, writable;
  SSL *ssl;
  buffer in, out;
  uint32_t next_stream, consumed;
  size_t next_request;
  slot *slots;
} connection;
typedef struct { uint8_t *bytes; uint32_t length; } request;

static int epoll;
static const char *method;
static request *requests;
static size_t request_count;
static uint8_t token[LARGEST_TOKEN];
static uint32_t token_length;
static int connections = 1, outstanding = 1;
static int measuring, is_once;
static uint64_t calls, errors;
static char first_error[256];

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* MARK: latencies, in buckets of 1.6 % of nanoseconds */

static uint64_t histogram[64 * 64 + 128];
static unsigned bucket(uint64_t value) {
  if (value < 128) return (unsigned)value;
  unsigned shift = 57 - (unsigned)__builtin_clzll(value);
  return shift * 64 + (unsigned)(value >> shift);
}
static double microseconds(double fraction) {
  uint64_t sum = 0, wanted = (uint64_t)(fraction * (double)calls);
  for (unsigned i = 0; i < sizeof histogram / sizeof *histogram; i++) {
    sum += histogram[i];
    if (sum > 0 && sum >= wanted) {
      unsigned shift = i < 128 ? 0 : i / 64 - 1;
      return (double)((uint64_t)(i - shift * 64) << shift) / 1000;
    }
  }
  return 0;
}

/* MARK: bytes */

static void put(uint8_t *to, uint64_t value, int size) {
  for (int i = size - 1; i >= 0; i--, value >>= 8) to[i] = (uint8_t)value;
}
static uint32_t get(const uint8_t *from, int size) {
  uint32_t value = 0;
  for (int i = 0; i < size; i++) value = value << 8 | from[i];
  return value;
}
static uint8_t *reserve(buffer *b, size_t count) {
  if (b->end + count > b->capacity) {
    if (b->start) memmove(b->bytes, b->bytes + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
    while (b->end + count > b->capacity) b->capacity = b->capacity ? b->capacity * 2 : 16384;
    if (!(b->bytes = realloc(b->bytes, b->capacity))) fail("out of memory");
  }
  return b->bytes + b->end;
}
static uint8_t *frame(connection *c, uint32_t length, int type, int flags, uint32_t stream) {
  uint8_t *start = reserve(&c->out, HEADER + length);
  put(start, length, 3);
  start[3] = (uint8_t)type;
  put(start + 4, (uint64_t)flags << 16, 4);
  put(start + 8, stream, 4);
  c->out.end += HEADER + length;
  return start + HEADER;
}

/* MARK: calls */

static void begin_call(connection *c, uint64_t time) {
  request *one = &requests[c->next_request];
  if (++c->next_request == request_count) c->next_request = 0;
  uint32_t path = (uint32_t)strlen(method), stream = c->next_stream;
  if (stream > INT32_MAX) fail("a connection has used up its streams");
  c->next_stream += 2;
  uint8_t *p = frame(c, 12 + path + one->length, OPEN, BEGIN | END, stream);
  put(p, 0, 8);
  put(p + 8, path, 2);
  put(p + 10, 0, 2);
  memcpy(p + 12, method, path);
  memcpy(p + 12 + path, one->bytes, one->length);
  slot *s = &c->slots[stream / 2 % SLOTS];
  if (s->stream) fail("a call was overtaken by %d others", SLOTS);
  *s = (slot){stream, time};
}

static void end_call(connection *c, const uint8_t *payload, uint32_t length, uint32_t stream,
                     int code, uint64_t time) {
  slot *s = &c->slots[stream / 2 % SLOTS];
  if (s->stream != stream) fail("an answer to stream %u, which is not open", stream);
  s->stream = 0;
  if (is_once) exit(code ? 1 : 0);
  if (code != 0) {
    if (!first_error[0]) {
      int text = payload && length >= 8 ? (int)get(payload + 2, 2) : 0;
      snprintf(first_error, sizeof first_error, "code %d: %.*s", code,
               text <= (int)length - 8 ? text : 0, payload ? (const char *)payload + 8 : "");
      for (char *p = first_error; *p; p++)
        if (*p == '"' || *p == '\\' || (uint8_t)*p < 32) *p = '\'';
    }
    errors += measuring;
  } else if (measuring) {
    histogram[bucket(time - s->began)]++;
    calls++;
  }
  begin_call(c, time);
}

static void take(connection *c, const uint8_t *header, uint64_t time) {
  uint32_t length = get(header, 3), flags = get(header + 4, 2), stream = get(header + 8, 4);
  const uint8_t *payload = header + HEADER;
  switch (header[3]) {
    case STATUS:
      if (length < 8) fail("a status of %u bytes", length);
      end_call(c, payload, length, stream, payload[0], time);
      break;
    case RESET: end_call(c, NULL, 0, stream, 100 + (int)get(payload, 4), time); break;
    case DATA:
      c->consumed += length + (flags & BEGIN ? 64 : 0);
      if (c->consumed >= CREDIT_STEP) {
        put(frame(c, 4, WINDOW, 0, 0), c->consumed, 4);
        c->consumed = 0;
      }
      break;
    case PING: memcpy(frame(c, 8, PONG, 0, 0), payload, 8); break;
    case GOAWAY: fail("the server ends the connection: %.*s", (int)length - 8, payload + 8);
    default: break;
  }
}

/* MARK: connections */

static void watch(connection *c, int for_writing) {
  if (c->writable == for_writing) return;
  c->writable = for_writing;
  struct epoll_event event = {.events = EPOLLIN | (for_writing ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void flush(connection *c) {
  while (c->out.start < c->out.end) {
    int sent = SSL_write(c->ssl, c->out.bytes + c->out.start, (int)(c->out.end - c->out.start));
    if (sent <= 0) {
      if (SSL_get_error(c->ssl, sent) != SSL_ERROR_WANT_WRITE) fail("a connection was lost");
      return watch(c, 1);
    }
    c->out.start += (size_t)sent;
  }
  c->out.start = c->out.end = 0;
  watch(c, 0);
}

static void established(connection *c) {
  static const uint32_t settings[][2] = {{2, 1 << 24}, {4, CREDIT}, {5, CREDIT}};
  uint8_t *p = frame(c, 18, SETTINGS, 0, 0);
  for (int i = 0; i < 3; i++) {
    put(p + i * 6, settings[i][0], 2);
    put(p + i * 6 + 2, settings[i][1], 4);
  }
  if (token_length) memcpy(frame(c, token_length, CREDENTIALS, 0, 0), token, token_length);
  uint64_t time = now();
  for (int i = 0; i < outstanding; i++) begin_call(c, time);
  flush(c);
}

static void readable(connection *c) {
  for (int is_done = 0; !is_done;) {
    reserve(&c->in, READ_SPACE);
    for (;;) {
      int got = SSL_read(c->ssl, c->in.bytes + c->in.end, (int)(c->in.capacity - c->in.end));
      if (got <= 0) {
        if (SSL_get_error(c->ssl, got) != SSL_ERROR_WANT_READ) fail("a connection was lost");
        is_done = 1;
        break;
      }
      c->in.end += (size_t)got;
      if (!SSL_has_pending(c->ssl)) is_done = 1;
      if (is_done || c->in.capacity - c->in.end < HEADER + LARGEST_PAYLOAD) break;
    }
    uint64_t time = now();
    while (c->in.end - c->in.start >= HEADER) {
      const uint8_t *header = c->in.bytes + c->in.start;
      uint32_t length = get(header, 3);
      if (length > LARGEST_PAYLOAD) fail("a frame of %u bytes", length);
      if (c->in.end - c->in.start < HEADER + length) break;
      take(c, header, time);
      c->in.start += HEADER + length;
    }
    if (c->in.start == c->in.end) c->in.start = c->in.end = 0;
  }
  flush(c);
}

static void handshake(connection *c) {
  int result = SSL_do_handshake(c->ssl);
  if (result == 1) {
    c->established = 1;
    return established(c);
  }
  switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: return watch(c, 0);
    case SSL_ERROR_WANT_WRITE: return watch(c, 1);
    default: fail("the TLS handshake failed (%s)", strerror(errno));
  }
}

static void connect_to(const struct sockaddr_in *address, SSL_CTX *context, size_t index) {
  connection *c = calloc(1, sizeof *c);
  if (!c || !(c->slots = calloc(SLOTS, sizeof *c->slots))) fail("out of memory");
  for (;;) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd >= 0 && !connect(c->fd, (const void *)address, sizeof *address)) break;
    if (!is_once || errno != ECONNREFUSED) fail("cannot connect (%s)", strerror(errno));
    close(c->fd);
    usleep(500);
  }
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (ioctl(c->fd, FIONBIO, &on)) fail("ioctl");
  c->ssl = SSL_new(context);
  SSL_set_fd(c->ssl, c->fd);
  SSL_set_connect_state(c->ssl);
  c->next_stream = 1;
  c->next_request = index * request_count / (size_t)connections;
  c->writable = 1;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

/* MARK: the program */

static void read_requests(const char *path) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  if (!file) fail("cannot read %s", path);
  while ((length = getline(&line, &capacity, file)) >= 0) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == ' ')) length--;
    if (length % 2 || length / 2 + 300 > LARGEST_PAYLOAD) fail("%s: a line is no request", path);
    if (!(requests = realloc(requests, (request_count + 1) * sizeof *requests))) fail("memory");
    request *one = &requests[request_count++];
    *one = (request){malloc((size_t)length / 2 + 1), (uint32_t)(length / 2)};
    for (uint32_t i = 0; i < one->length; i++)
      if (sscanf(line + 2 * i, "%2hhx", &one->bytes[i]) != 1) fail("%s: not hexadecimal", path);
  }
  if (!request_count) fail("%s holds no request", path);
  free(line);
  fclose(file);
}

static void read_token(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail("cannot read %s", path);
  token_length = (uint32_t)fread(token, 1, sizeof token, file);
  while (token_length && token[token_length - 1] <= ' ') token_length--;
  fclose(file);
}

/* User and system time of a process, in seconds. */
static double processor_time(int pid) {
  char path[64], text[1024];
  unsigned long user = 0, system = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = pid ? fopen(path, "r") : NULL;
  if (!file) return 0;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  char *rest = strrchr(text, ')');
  if (rest)
    sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long resident_kib(int pid) {
  char path[64], line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = pid ? fopen(path, "r") : NULL;
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld", &kib);
  fclose(file);
  return kib;
}

static void address_of(char *text, struct sockaddr_in *address) {
  char *colon = strrchr(text, ':');
  if (!colon) fail("%s is not HOST:PORT", text);
  *colon = 0;
  address->sin_family = AF_INET;
  address->sin_port = htons((uint16_t)atoi(colon + 1));
  if (inet_pton(AF_INET, text, &address->sin_addr) != 1) fail("%s is no IPv4 address", text);
}

static SSL_CTX *context_with(const char *ca) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, READ_SPACE);
  SSL_CTX_set_alpn_protos(context, (const uint8_t *)"\7berth/1", 8);
  if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1) fail("cannot read %s", ca);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  return context;
}

int main(int count, char **arguments) {
  const char *ca = NULL;
  int pid = 0, option;
  double seconds = 5, warmup = 1;
  static const struct option options[] = {
      {"ca", 1, 0, 'a'}, {"method", 1, 0, 'm'}, {"requests", 1, 0, 'r'}, {"token", 1, 0, 't'},
      {"pid", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"outstanding", 1, 0, 'o'},
      {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'w'},
      {"once", 0, 0, 'O'}, {0}};
  while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) switch (option) {
      case 'a': ca = optarg; break;
      case 'm': method = optarg; break;
      case 'r': read_requests(optarg); break;
      case 't': read_token(optarg); break;
      case 'p': pid = atoi(optarg); break;
      case 'c': connections = atoi(optarg); break;
      case 'o': outstanding = atoi(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warmup = atof(optarg); break;
      case 'O': is_once = 1; break;
      default: return 2;
    }
  if (optind + 1 != count || !ca || !method || strlen(method) > 255 || !request_count ||
      connections < 1 || outstanding < 1 || outstanding > 64)
    fail("see the head of load.c for how to call it");
  struct sockaddr_in address = {0};
  address_of(arguments[optind], &address);
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX *context = context_with(ca);
  epoll = epoll_create1(0);
  for (int i = 0; i < connections; i++) connect_to(&address, context, (size_t)i);

  uint64_t start = now() + (uint64_t)(warmup * 1e9), began = 0;
  double processor = 0, own = 0;
  struct epoll_event events[EVENTS];
  for (;;) {
    uint64_t time = now();
    if (!measuring && time >= start) {
      measuring = 1;
      began = time;
      processor = processor_time(pid);
      own = processor_time(getpid());
    }
    if (measuring && (double)(time - began) >= seconds * 1e9) break;
    int ready = epoll_wait(epoll, events, EVENTS, 10);
    for (int i = 0; i < ready; i++) {
      connection *c = events[i].data.ptr;
      ERR_clear_error();
      if (!c->established) {
        handshake(c);
        continue;
      }
      if (events[i].events & EPOLLOUT) flush(c);
      if (events[i].events & ~(uint32_t)EPOLLOUT) readable(c);
    }
  }
  double elapsed = (double)(now() - began) / 1e9;
  processor = processor_time(pid) - processor;
  own = processor_time(getpid()) - own;
  printf("{\"method\":\"%s\",\"connections\":%d,\"outstanding\":%d,\"seconds\":%.2f,"
         "\"calls\":%lu,\"errors\":%lu,\"rate\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
         "\"p999_us\":%.0f,\"server_cpu_us\":%.2f,\"server_kib\":%ld,\"load_cpu_us\":%.2f,"
         "\"first_error\":\"%s\"}\n",
         method, connections, outstanding, elapsed, calls, errors, (double)calls / elapsed,
         microseconds(0.5), microseconds(0.99), microseconds(0.999),
         calls ? processor * 1e6 / (double)calls : 0, resident_kib(pid), calls ? own * 1e6 / (double)calls : 0,
         first_error);
  return 0;
}
