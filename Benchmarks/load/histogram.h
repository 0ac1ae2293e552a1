// Latencies in nanoseconds, to about 1.6 %.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 64 * 64 };

typedef struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total;
} histogram;

static inline void histogram_add(histogram *h, uint64_t value) {
  int bucket = (int)value;
  if (value >= 128) {
    int shift = 63 - __builtin_clzll(value) - 6;
    bucket = shift * 64 + (int)(value >> shift);
  }
  h->counts[bucket]++;
  h->total++;
}

// In microseconds.
static inline double histogram_quantile(const histogram *h, double quantile) {
  uint64_t seen = 0;
  for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += h->counts[bucket];
    if (seen && (double)seen >= quantile * (double)h->total) {
      int shift = bucket < 128 ? 0 : bucket / 64 - 1;
      return (double)((uint64_t)(bucket - shift * 64) << shift) / 1000.0;
    }
  }
  return 0;
}
