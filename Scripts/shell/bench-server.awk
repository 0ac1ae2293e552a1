# The report of Scripts/bench-server.sh: bench-server.awk table|json RESULTS MEMORY. A line of RESULTS is
# WHAT LOAD RATE P50_US P99_US SERVER_CPU_US, one a round; the medians are taken, also of the ratios, each within
# one round, so that what slows a round down slows both sides. "-" is: not measured.

function median(key, field) { return median_of(values[key, field]) }
function median_of(list,    n, i, j, t, v) {
  n = split(list, v, " ")
  if (n == 0) return "-"
  for (i = 2; i <= n; i++) {
    t = v[i]
    for (j = i - 1; j > 0 && v[j] + 0 > t + 0; j--) v[j + 1] = v[j]
    v[j + 1] = t
  }
  return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function add(key, field, value) {
  if (value != "-") values[key, field] = values[key, field] " " value
}
# The median of what one is of the other in each round.
function ratio_of(key, base_key, field,    n, m, i, v, b, list) {
  n = split(values[key, field], v, " ")
  m = split(values[base_key, field], b, " ")
  for (i = 1; i <= n && i <= m; i++) if (b[i] > 0) list = list " " v[i] / b[i]
  return median_of(list)
}
function row(name, key, of, base_key, is_latency, target,    field, base, rate, ratio, reached) {
  field = is_latency ? 4 : 3
  ratio = ratio_of(key, base_key, field)
  if (ratio == "-") return
  base = median(base_key, field)
  rate = median(key, 3)
  reached = is_latency ? ratio <= target : ratio >= target
  if (output == "json") {
    printf "%s{\"call\":\"%s\",\"rate\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"server_cpu_us\":%.2f,\"of\":\"%s\",\"base\":%.0f,\"ratio\":%.3f,\"target\":%s,\"reached\":%s}", \
      separator, name, rate, median(key, 4), median(key, 5), median(key, 6), of, base, ratio, target, reached ? "true" : "false"
    separator = ","
    return
  }
  printf "| %s | %.0f | %.0f / %.0f | %.1f | %s | %.2f | %s %s | %s |\n", name, rate, median(key, 4), median(key, 5), \
    median(key, 6), sprintf("%.0f %s", base, of), ratio, is_latency ? "<=" : ">=", target, reached ? "yes" : "no"
}

BEGIN {
  output = ARGV[1]
  while ((getline line <ARGV[2]) > 0) {
    split(line, f, " ")
    for (i = 3; i <= 6; i++) add(f[1] " " f[2], i, f[i])
  }
  while ((getline line <ARGV[3]) > 0) {
    split(line, f, " ")
    add(f[1], 2, f[2])
  }
  best = "-"
  split("1 8 32", counts, " ")
  for (i = 1; i <= 3; i++) {
    rate = median("create pgbench-" counts[i], 3)
    if (rate != "-" && (best == "-" || rate + 0 > best + 0)) { best = rate; clients = counts[i] }
  }
  if (output == "json") printf "{\"calls\":["
  else {
    print "| call, connections x outstanding | calls/s | p50 / p99 us | server CPU us | pgbench | ratio | target | reached |"
    print "|---|---|---|---|---|---|---|---|"
  }
  row("GetDeployment 64x1", "get 64x1", "/s, 8 clients", "get pgbench-8", 0, 0.55)
  row("GetDeployment 8x8", "get 8x8", "/s, 8 clients", "get pgbench-8", 0, 1.2)
  row("GetDeployment 8x64", "get 8x64", "/s, 8 clients", "get pgbench-8", 0, 1.5)
  row("ListDeployments, 50, 8x8", "list 8x8", "/s, 8 clients", "list pgbench-8", 0, 0.75)
  row("CreateDeployment 64x1", "create 64x1", "/s, " clients " clients", "create pgbench-" clients, 0, 1.5)
  row("CreateDeployment 8x8", "create 8x8", "/s, " clients " clients", "create pgbench-" clients, 0, 2.5)
  row("CreateDeployment 8x64", "create 8x64", "/s, " clients " clients", "create pgbench-" clients, 0, 3)
  row("CreateDeployment alone, 1x1", "create 1x1", "us p50, 1 client", "create pgbench-1", 1, 1.8)
  if (output == "json") printf "],\"pgbench\":{"
  else {
    print ""
    print "| pgbench, prepared, rate/s | 1 client | 8 clients | 32 clients |"
    print "|---|---|---|---|"
  }
  separator = ""
  split("get list create", kinds, " ")
  for (k = 1; k <= 3; k++) {
    if (median(kinds[k] " pgbench-8", 3) == "-") continue
    if (output == "json") {
      printf "%s\"%s\":[%.0f,%.0f,%.0f]", separator, kinds[k], median(kinds[k] " pgbench-1", 3), \
        median(kinds[k] " pgbench-8", 3), median(kinds[k] " pgbench-32", 3)
      separator = ","
    } else {
      printf "| %s | %.0f | %.0f | %.0f |\n", kinds[k], median(kinds[k] " pgbench-1", 3), \
        median(kinds[k] " pgbench-8", 3), median(kinds[k] " pgbench-32", 3)
    }
  }
  if (output == "json") {
    printf "},\"rss_kib\":{\"start\":%.0f,\"get\":%.0f,\"rest\":%.0f,\"create\":%.0f},\"first_answer_ms\":%.0f}\n", \
      median("start", 2), median("load_get", 2), median("rest", 2), median("load_create", 2), median("start_ms", 2)
  } else if (median("start", 2) != "-") {
    printf "\nResident memory of berthd: %.1f MiB at its first answer, %.1f MiB under GetDeployment, %.1f MiB at rest after it", \
      median("start", 2) / 1024, median("load_get", 2) / 1024, median("rest", 2) / 1024
    if (median("load_create", 2) != "-") printf ", %.1f MiB under CreateDeployment (with the queue that it made)", median("load_create", 2) / 1024
    printf ". From exec to the first answer: %.0f ms.\n", median("start_ms", 2)
  }
}
