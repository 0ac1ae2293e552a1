// A small model server for Berth's demo and tests: loads its weights, answers predictions for a
// while, and ends. Statically linked, so its container image needs nothing else.
//
//   model [--seconds N] [--weights FILE] [--fail]
//
// PORT=8080 in its environment makes it answer `GET /predict?length=1.4&width=0.2` too.
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { max_classes = 8, name_bytes = 32, request_bytes = 2048, backlog = 16 };
enum { prediction_milliseconds = 500, client_milliseconds = 1000 };

struct class {
  char name[name_bytes];
  double bias, length, width;
};

static struct class classes[max_classes];
static int class_count;
static volatile sig_atomic_t stop_signal;

static void on_signal(int number) { stop_signal = number; }

static long long now_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static int load(const char *path) {
  char line[256];
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  while (class_count < max_classes && fgets(line, sizeof line, file)) {
    struct class *c = &classes[class_count];
    if (line[0] == '#') continue;
    if (sscanf(line, "%31s %lf %lf %lf", c->name, &c->bias, &c->length, &c->width) == 4)
      class_count++;
  }
  fclose(file);
  return class_count > 0 ? 0 : -1;
}

/// The likeliest class and its probability (softmax).
static const struct class *predict(double length, double width, double *probability) {
  double score[max_classes], sum = 0, top = -INFINITY;
  int best = 0;
  for (int i = 0; i < class_count; i++) {
    score[i] = classes[i].bias + classes[i].length * length + classes[i].width * width;
    if (score[i] > top) top = score[i], best = i;
  }
  for (int i = 0; i < class_count; i++) sum += exp(score[i] - top);
  *probability = 1 / sum;
  return &classes[best];
}

static int listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  int one = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen(descriptor, backlog) < 0) {
    printf("cannot listen on port %d: %s\n", port, strerror(errno));
    return -1;
  }
  printf("listening on port %d\n", port);
  return descriptor;
}

static void answer(int listener) {
  char request[request_bytes], body[128], head[160];
  double length, width, probability;
  int client = accept(listener, NULL, NULL);
  if (client < 0) return;
  struct timeval limit = {.tv_sec = client_milliseconds / 1000};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ssize_t count = read(client, request, sizeof request - 1);
  request[count > 0 ? count : 0] = 0;
  const char *status = "400 Bad Request";
  snprintf(body, sizeof body, "{\"error\":\"ask /predict?length=1.4&width=0.2\"}\n");
  if (sscanf(request, "GET /predict?length=%lf&width=%lf", &length, &width) == 2) {
    const struct class *found = predict(length, width, &probability);
    snprintf(body, sizeof body, "{\"class\":\"%s\",\"probability\":%.3f}\n", found->name,
             probability);
    status = "200 OK";
  }
  int size = snprintf(head, sizeof head,
                      "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n",
                      status, strlen(body));
  if (write(client, head, (size_t)size) == size) (void)!write(client, body, strlen(body));
  close(client);
}

/// Predicts one flower after another until the time is over or a signal comes.
static int serve(double seconds, int listener) {
  static const double flowers[][2] = {{1.4, 0.2}, {4.5, 1.5}, {5.9, 2.1}, {1.3, 0.4}, {4.1, 1.0}};
  long long start = now_milliseconds(), next = start, end = start + (long long)(seconds * 1000);
  int count = 0;
  for (;;) {
    long long now = now_milliseconds();
    if (stop_signal || now >= end) break;
    if (now >= next) {
      const double *flower = flowers[count % 5];
      double probability;
      const struct class *found = predict(flower[0], flower[1], &probability);
      printf("prediction %d: petal %.1f x %.1f cm is %s (%.0f %%)\n", ++count, flower[0],
             flower[1], found->name, probability * 100);
      next += prediction_milliseconds;
    }
    long long wait = (next < end ? next : end) - now;
    struct pollfd input = {.fd = listener, .events = POLLIN};
    if (poll(&input, listener < 0 ? 0 : 1, wait > 0 ? (int)wait : 0) > 0) answer(listener);
  }
  return count;
}

int main(int argument_count, char **arguments) {
  const char *weights = "/weights.txt", *port = getenv("PORT");
  double seconds = 5;
  int fails = 0;
  // The log is read while the model runs.
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < argument_count; i++) {
    if (!strcmp(arguments[i], "--seconds") && i + 1 < argument_count) seconds = atof(arguments[++i]);
    else if (!strcmp(arguments[i], "--weights") && i + 1 < argument_count) weights = arguments[++i];
    else if (!strcmp(arguments[i], "--fail")) fails = 1;
    else return fprintf(stderr, "unknown option %s\n", arguments[i]), 2;
  }
  // The first process of a container gets no default handlers: without these SIGTERM does nothing.
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  if (load(weights) < 0) return fprintf(stderr, "no weights in %s\n", weights), 1;
  printf("loaded %d classes from %s\n", class_count, weights);
  int count = serve(seconds, port ? listen_on(atoi(port)) : -1);
  if (stop_signal) printf("stopping: signal %d\n", (int)stop_signal);
  printf("done: %d predictions\n", count);
  if (fails) return fprintf(stderr, "failing as asked\n"), 3;
  return 0;
}
