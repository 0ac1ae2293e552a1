"""Runs the loads against the servers, interleaved, and prints the table. Scripts/bench-rpc.sh calls it.

In each round every load goes to one server after the other, each started anew, so that what disturbs
the machine for a while disturbs all of them. The server is on the first CPU, the load on the second.
"""

import argparse
import json
import os
import sys

import loads
import report
import servers


def words(text):
    return [word for word in text.split(",") if word]


def options():
    parser = argparse.ArgumentParser(prog="bench-rpc")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warm-up", type=float, default=1)
    parser.add_argument("--only", type=words, default=[])
    parser.add_argument("--loads", type=words, default=[])
    parser.add_argument("--skipped", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--document", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", choices=["table", "json"], default="table")
    chosen = parser.parse_args()
    if chosen.rounds < 1 or chosen.seconds <= 0:
        parser.error("at least one round and some seconds")
    known = [load.name for load in loads.LOADS]
    for name in chosen.loads:
        if name not in known:
            parser.error(f"no load {name}; there are {', '.join(known)}")
    return chosen


def measure(chosen, all_servers, all_loads):
    cpus = sorted(os.sched_getaffinity(0))
    server_cpu, load_cpu = (cpus[0], cpus[1]) if len(cpus) > 1 else (None, None)
    runs = []
    for number in range(chosen.rounds):
        for load in all_loads:
            for server in all_servers:
                print(f"round {number + 1}: {load.title}: {server.title}", file=sys.stderr)
                server.start(server_cpu)
                try:
                    figures = loads.run(
                        chosen.build, server, load, chosen.seconds, chosen.warm_up, load_cpu)
                except loads.Failed as failure:
                    raise SystemExit(
                        f"bench-rpc: {server.name}, {load.name}: {failure}") from None
                finally:
                    server.stop()
                runs.append({
                    "round": number, "server": server.name, "load": load.name,
                    "figures": figures})
    return runs


def write_document(path, text):
    """Puts the tables between the markers of a page."""
    begin, end = "<!-- bench-rpc: begin -->\n", "<!-- bench-rpc: end -->"
    with open(path, encoding="utf-8") as file:
        page = file.read()
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2]
    if not rest:
        raise SystemExit(f"bench-rpc: {path} has no place for the tables")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + text + "\n" + end + after)


def main():
    chosen = options()
    all_servers = servers.all_servers(chosen.build)
    if chosen.only:
        all_servers = [server for server in all_servers if server.name in chosen.only]
    all_loads = [load for load in loads.LOADS if not chosen.loads or load.name in chosen.loads]
    runs = measure(chosen, all_servers, all_loads)
    result = {
        "machine": report.machine(), "rounds": chosen.rounds, "seconds": chosen.seconds,
        "servers": {server.name: server.title for server in all_servers},
        "loads": {load.name: load.title for load in all_loads},
        "medians": report.medians(runs), "ratios": report.ratios(runs),
        "skipped": chosen.skipped, "runs": runs}
    if chosen.output == "json":
        print(json.dumps(result, indent=2))
    else:
        print(report.markdown(result))
    if chosen.document:
        about = result["machine"]
        write_document(
            chosen.document,
            f"{about['processor']}, {about['cores']} cores, Linux {about['kernel']}, "
            f"OpenSSL {about['openssl']}; medians of {chosen.rounds} interleaved rounds, "
            f"{chosen.seconds:g} s a load.\n\n" + report.markdown(result))


main()
