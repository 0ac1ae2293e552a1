# The report of Scripts/bench-scheduler.sh: -- table|json RESULTS.
BEGIN {
  output = ARGV[1]
  while ((getline line <ARGV[2]) > 0) {
    split(line, word, " ")
    what = word[1]
    if (what == "clusters" || what == "any-size" || what == "queue") { count++; kind[count] = what; size[count] = word[2]; cost[count] = word[3] }
    else { rounds[what]++; rate[what, rounds[what]] = word[3]; batch = word[2] }
  }
  label["clusters"] = "clusters: "
  label["any-size"] = "requests of thousands of sizes, clusters: "
  label["queue"] = "1,213 clusters, queue of "
  if (output == "json") json(); else table()
  exit
}
function median(what,   i, j, n, v, t) {
  n = rounds[what]
  for (i = 1; i <= n; i++) v[i] = rate[what, i] + 0
  for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
  return v[int((n + 1) / 2)]
}
# Of the smallest of its kind.
function growth(i,   j) { for (j = 1; kind[j] != kind[i]; j++); return cost[i] / cost[j] }
function bound(i,   j) { for (j = 1; kind[j] != kind[i]; j++); return (log(size[i]) / log(size[j])) ^ 2 }
function table(   i) {
  if (count) print "| engine | us a decision | decisions/s | growth | logarithm squared |\n|---|---|---|---|---|"
  for (i = 1; i <= count; i++)
    printf "| %s%d | %.2f | %d | %.2f | %.2f |\n", label[kind[i]], \
      size[i], cost[i] / 1000, 1e9 / cost[i], growth(i), bound(i)
  if (rounds["place"]) {
    if (count) print ""
    print "| batches of " batch " | placements/s | of pgbench |\n|---|---|---|"
    printf "| pgbench | %d | 1 |\n", median("pgbench")
    printf "| the scheduler's store | %d | %.2f |\n", median("place"), median("place") / median("pgbench")
  }
}
function json(   i) {
  printf "{\"engine\":["
  for (i = 1; i <= count; i++)
    printf "%s{\"kind\":\"%s\",\"size\":%d,\"nanoseconds\":%.0f,\"growth\":%.3f,\"logarithm_squared\":%.3f}", \
      (i > 1 ? "," : ""), kind[i], size[i], cost[i], growth(i), bound(i)
  printf "]"
  if (rounds["place"])
    printf ",\"placement\":{\"batch\":%d,\"per_second\":%d,\"pgbench_per_second\":%d,\"ratio\":%.3f}", \
      batch, median("place"), median("pgbench"), median("place") / median("pgbench")
  print "}"
}
