#pragma once
// Linux calls that Swift's Glibc module does not show.
#include <sys/epoll.h>
#include <sys/eventfd.h>

int berth_accept4(int listener, void *address, unsigned int *length, int flags);
// Names the calling thread; at most 15 bytes.
void berth_set_thread_name(const char *name);
// From now on these signals no longer end the process: they make the descriptor readable, for ever.
// Another call adds signals to the same one. Returns a duplicate that is the caller's to close, or
// -1 with errno.
int berth_signal_descriptor(const int *signals, int count);
