#define _GNU_SOURCE
#include "CLinux.h"

#include <pthread.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/eventfd.h>

int berth_accept4(int listener, void *address, unsigned int *length, int flags) {
  return accept4(listener, address, length, flags);
}

void berth_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

static pthread_mutex_t signal_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t signal_event = -1;

static void note_signal(int number) {
  (void)number;
  int saved = errno;
  uint64_t one = 1;
  // Nobody reads: EAGAIN would say that it is readable already.
  ssize_t written = write(signal_event, &one, sizeof one);
  (void)written;
  errno = saved;
}

int berth_signal_descriptor(const int *signals, int count) {
  pthread_mutex_lock(&signal_lock);
  if (signal_event < 0) signal_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int result = signal_event < 0 ? -1 : fcntl(signal_event, F_DUPFD_CLOEXEC, 0);
  if (result >= 0) {
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < count; i++) sigaction(signals[i], &action, NULL);
  }
  pthread_mutex_unlock(&signal_lock);
  return result;
}
