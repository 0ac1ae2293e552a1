#define _GNU_SOURCE
#include "CLinux.h"

#include <pthread.h>
#include <sys/socket.h>

int berth_accept4(int listener, void *address, unsigned int *length, int flags) {
  return accept4(listener, address, length, flags);
}

void berth_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }
