// The limit: what one thread can do with epoll, OpenSSL and protobuf-c on the benchmark's workload,
// without a protocol to speak of. No flow control, deadlines, authentication, log or bounds.
//
//   usage: PEER_CERT=FILE PEER_KEY=FILE limit-server PORT
//
// A frame: u32 payload length | u32 stream | u16 method | u16 flags | payload, big-endian.
// All answers to one read leave in one write.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.pb-c.h"

enum {
  HEADER = 12,
  RECORD = 16384,
  MESSAGE = 1 << 22,
  ARENA = 1 << 20,
  SHARED = 1 << 18,
  FIRST_KEPT = 1 << 16,
  READS = 8,
  ACCEPTS = 64,
  EVENTS = 256,
  DESCRIPTORS = 20000,
  ECHO = 1,
};

typedef struct connection {
  int fd;
  int established;
  SSL *ssl;
  unsigned events;
  uint8_t *in;  // a begun frame, kept until its rest comes
  size_t in_length, in_capacity;
  uint8_t *out;
  size_t out_offset, out_length, out_capacity;
} connection;

static int epoll_descriptor;
static uint8_t *arena, *shared;
static size_t arena_offset;

static void *arena_allocate(void *data, size_t size) {
  (void)data;
  size = (size + 15) & ~(size_t)15;
  if (arena_offset + size > ARENA) return NULL;
  void *room = arena + arena_offset;
  arena_offset += size;
  return room;
}

static void arena_free(void *data, void *room) {
  (void)data;
  (void)room;
}

static ProtobufCAllocator allocator = {arena_allocate, arena_free, NULL};

static inline uint32_t read32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, 4);
  return ntohl(value);
}

static inline void write32(uint8_t *to, uint32_t value) {
  value = htonl(value);
  memcpy(to, &value, 4);
}

static void end(connection *c) {
  SSL_free(c->ssl);
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c);
}

static void watch(connection *c, unsigned events) {
  if (c->events == events) return;
  c->events = events;
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll_descriptor, EPOLL_CTL_MOD, c->fd, &event);
}

static uint8_t *reserve(connection *c, size_t size) {
  if (c->out_length + size > c->out_capacity) {
    size_t capacity = c->out_capacity ? c->out_capacity : 4096;
    while (capacity < c->out_length + size) capacity *= 2;
    c->out = realloc(c->out, capacity);
    c->out_capacity = capacity;
  }
  return c->out + c->out_length;
}

static int write_out(connection *c) {
  while (c->out_offset < c->out_length) {
    int written = SSL_write(c->ssl, c->out + c->out_offset, (int)(c->out_length - c->out_offset));
    if (written <= 0) {
      int error = SSL_get_error(c->ssl, written);
      if (error == SSL_ERROR_WANT_WRITE) {
        watch(c, EPOLLIN | EPOLLOUT);
        return 0;
      }
      return error == SSL_ERROR_WANT_READ ? 0 : -1;
    }
    c->out_offset += written;
  }
  c->out_offset = c->out_length = 0;
  watch(c, EPOLLIN);
  return 0;
}

static int flush(connection *c) {
  // Records that leave together are joined by the kernel.
  int joins = c->out_length - c->out_offset > RECORD, off = 0;
  if (joins) setsockopt(c->fd, IPPROTO_TCP, TCP_CORK, &joins, sizeof joins);
  int result = write_out(c);
  if (joins) setsockopt(c->fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
  return result;
}

static void head(uint8_t *to, size_t length, uint32_t stream, uint32_t method) {
  write32(to, length);
  write32(to + 4, stream);
  write32(to + 8, method << 16);
}

static int handle(
    connection *c, uint32_t stream, uint32_t method, const uint8_t *payload, size_t length) {
  if (method == ECHO) {
    uint8_t *out = reserve(c, HEADER + length);
    head(out, length, stream, method);
    memcpy(out + HEADER, payload, length);
    c->out_length += HEADER + length;
    return 0;
  }
  arena_offset = 0;
  Bench__Request *request = bench__request__unpack(&allocator, length, payload);
  if (!request) return -1;
  Bench__Response response = BENCH__RESPONSE__INIT;
  size_t name_length = strlen(request->name);
  char *greeting = arena_allocate(NULL, name_length + 8);
  if (!greeting) return -1;
  memcpy(greeting, "Hello, ", 7);
  memcpy(greeting + 7, request->name, name_length + 1);
  response.id = request->id;
  response.greeting = greeting;
  response.total = request->amount * 3 + 1;
  response.ok = request->active;
  response.note = "processed by the benchmark service ok, no error";
  size_t size = bench__response__get_packed_size(&response);
  uint8_t *out = reserve(c, HEADER + size);
  head(out, size, stream, method);
  bench__response__pack(&response, out + HEADER);
  c->out_length += HEADER + size;
  return 0;
}

// Where the next read goes: behind what is kept, or into the buffer that all connections share.
static uint8_t *room(connection *c, size_t *have, size_t *capacity) {
  *have = c->in_length;
  if (!c->in_length) {
    *capacity = SHARED;
    return shared;
  }
  if (c->in_capacity - c->in_length < RECORD) {
    c->in_capacity = c->in_capacity * 2 < FIRST_KEPT ? FIRST_KEPT : c->in_capacity * 2;
    c->in = realloc(c->in, c->in_capacity);
  }
  *capacity = c->in_capacity;
  return c->in;
}

static void keep(connection *c, uint8_t *buffer, size_t offset, size_t rest) {
  if (buffer == shared) {
    if (rest) {
      size_t capacity = FIRST_KEPT;
      while (capacity < rest + RECORD) capacity *= 2;
      if (c->in_capacity < capacity) {
        c->in = realloc(c->in, capacity);
        c->in_capacity = capacity;
      }
      memcpy(c->in, buffer + offset, rest);
    }
  } else if (offset && rest) {
    memmove(c->in, c->in + offset, rest);
  }
  c->in_length = rest;
}

static int readable(connection *c) {
  for (int reads = 0;;) {
    size_t have, capacity;
    uint8_t *buffer = room(c, &have, &capacity);
    int drained = 0;
    while (capacity - have >= RECORD) {
      int count = SSL_read(c->ssl, buffer + have, (int)(capacity - have));
      if (count <= 0) {
        int error = SSL_get_error(c->ssl, count);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
        drained = 1;
        break;
      }
      have += count;
      if (!SSL_has_pending(c->ssl)) {
        drained = 1;
        break;
      }
    }
    size_t offset = 0;
    while (have - offset >= HEADER) {
      const uint8_t *frame = buffer + offset;
      uint32_t length = read32(frame);
      if (length > MESSAGE) return -1;
      if (have - offset < HEADER + (size_t)length) break;
      if (handle(c, read32(frame + 4), read32(frame + 8) >> 16, frame + HEADER, length)) return -1;
      offset += HEADER + length;
    }
    keep(c, buffer, offset, have - offset);
    if (drained || ++reads >= READS) {
      if (c->out_length && flush(c)) return -1;
      if (!c->in_length && c->in) {
        free(c->in);
        c->in = NULL;
        c->in_capacity = 0;
      }
      if (drained) return 0;
    }
  }
}

static void accept_all(int listener, SSL_CTX *tls) {
  int one = 1;
  for (int count = 0; count < ACCEPTS; count++) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection *c = calloc(1, sizeof *c);
    c->fd = fd;
    c->ssl = SSL_new(tls);
    SSL_set_fd(c->ssl, fd);
    SSL_set_accept_state(c->ssl);
    c->events = EPOLLIN;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, fd, &event);
  }
}

// 1: established; 0: goes on; -1: failed.
static int handshake(connection *c) {
  int result = SSL_do_handshake(c->ssl);
  if (result == 1) {
    c->established = 1;
    return 1;
  }
  int error = SSL_get_error(c->ssl, result);
  if (error == SSL_ERROR_WANT_READ) return 0;
  if (error != SSL_ERROR_WANT_WRITE) return -1;
  watch(c, EPOLLIN | EPOLLOUT);
  return 0;
}

static int serve(connection *c, unsigned events) {
  ERR_clear_error();
  if (!c->established) {
    int result = handshake(c);
    if (result < 1) return result;
    if (!SSL_has_pending(c->ssl)) return 0;
  }
  if ((events & EPOLLOUT) && flush(c)) return -1;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && readable(c)) return -1;
  return 0;
}

static SSL_CTX *tls_context(void) {
  const char *certificate = getenv("PEER_CERT"), *key = getenv("PEER_KEY");
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  if (!certificate || !key ||
      SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
    ERR_print_errors_fp(stderr);
    exit(1);
  }
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(tls, 1);
  return tls;
}

static int listen_on(int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (bind(fd, (void *)&address, sizeof address) || listen(fd, 4096)) {
    perror("limit-server: listen");
    exit(1);
  }
  return fd;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: PEER_CERT=FILE PEER_KEY=FILE limit-server PORT\n");
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
  setrlimit(RLIMIT_NOFILE, &limit);
  arena = malloc(ARENA);
  shared = malloc(SHARED);
  SSL_CTX *tls = tls_context();
  int listener = listen_on(atoi(arguments[1]));
  epoll_descriptor = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll_descriptor, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) {
      connection *c = events[index].data.ptr;
      if (!c) {
        accept_all(listener, tls);
      } else if (serve(c, events[index].events)) {
        end(c);
      }
    }
  }
}
