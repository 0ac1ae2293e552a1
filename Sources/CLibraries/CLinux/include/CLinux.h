#pragma once
// Linux calls that Swift's Glibc module does not show.
#include <sys/epoll.h>
#include <sys/eventfd.h>

int berth_accept4(int listener, void *address, unsigned int *length, int flags);
// Names the calling thread; at most 15 bytes.
void berth_set_thread_name(const char *name);
