#pragma once
// Linux calls that Swift's Glibc module does not show.
int berth_accept4(int listener, void *address, unsigned int *length, int flags);
