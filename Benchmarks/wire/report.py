"""The table of a run: medians over the rounds, ratios against each peer, and the targets."""

import os
import platform
import statistics
import subprocess

# What is compared, by load, and the most that Berth's figure may be of each peer's.
TARGETS = [
    ("64x1", "cpu_us", "64 x 1: server CPU a call",
     {"limit": 1.15, "grpc-cpp": 0.5, "grpc-swift": 0.08}),
    ("8x64", "cpu_us", "8 x 64: server CPU a call",
     {"limit": 2.2, "grpc-cpp": 0.06, "grpc-swift": 0.012}),
    ("1x1", "p50_us", "1 x 1: p50 latency",
     {"limit": 1.15, "grpc-cpp": 1.0, "grpc-swift": 0.2}),
    ("echo", "cpu_us", "64 KiB echo: server CPU a call",
     {"limit": 1.1, "grpc-cpp": 0.75, "grpc-swift": 0.25}),
    ("idle", "bytes", "bytes an idle connection (5,000)",
     {"limit": 1.25, "grpc-cpp": 0.25, "grpc-swift": 0.4}),
]


def machine():
    """The machine and the versions, in words."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    openssl = subprocess.run(
        ["openssl", "version"], capture_output=True, text=True, check=False).stdout.split()
    return {
        "processor": model, "cores": os.cpu_count(), "kernel": platform.release(),
        "openssl": openssl[1] if len(openssl) > 1 else "unknown"}


def medians(runs):
    """{server: {load: {figure: median}}} of every number that was measured."""
    result = {}
    for server in dict.fromkeys(run["server"] for run in runs):
        result[server] = {}
        for load in dict.fromkeys(run["load"] for run in runs if run["server"] == server):
            of_load = [
                run["figures"] for run in runs if run["server"] == server and run["load"] == load]
            result[server][load] = {
                name: statistics.median(figures[name] for figures in of_load)
                for name, value in of_load[0].items() if isinstance(value, (int, float))}
    return result


def ratios(runs):
    """Berth against each peer: the median over the rounds of the ratio within a round, so that
    what slows a whole round down slows both."""
    rows = []
    by_key = {(run["round"], run["server"], run["load"]): run["figures"] for run in runs}
    rounds = sorted({run["round"] for run in runs})
    for load, figure, title, targets in TARGETS:
        for peer, target in targets.items():
            found = [
                by_key[number, "berth", load][figure] / by_key[number, peer, load][figure]
                for number in rounds
                if (number, "berth", load) in by_key and by_key.get((number, peer, load))]
            if found:
                ratio = statistics.median(found)
                rows.append({
                    "load": load, "title": title, "peer": peer, "ratio": round(ratio, 4),
                    "target": target, "passes": ratio <= target})
    return rows


def markdown(result):
    """The tables as Markdown, which also reads well on a terminal."""
    lines = server_table(result) + [""] + ratio_table(result)
    if result["skipped"]:
        lines += ["", "Not measured: " + "; ".join(result["skipped"]) + "."]
    return "\n".join(lines)


def number(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def table(head, rows):
    widths = [max(len(row[column]) for row in [head] + rows) for column in range(len(head))]

    def line(row):
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        return "| " + " | ".join([first] + rest) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if index == 0 else ":")
                          for index, width in enumerate(widths)) + "|"
    return [line(head), rule] + [line(row) for row in rows]


def server_table(result):
    head = ["load", "server", "CPU us a call", "calls/s", "p50 us", "p99 us", "p99.9 us",
            "bytes a connection"]
    rows = []
    for load, title in result["loads"].items():
        for server, title_of_server in result["servers"].items():
            figures = result["medians"].get(server, {}).get(load)
            if not figures:
                continue
            cpu = figures.get("cpu_us")
            rows.append([
                title, title_of_server, number(cpu, 2 if cpu is not None and cpu < 10 else 1),
                number(figures.get("rate"), 0), number(figures.get("p50_us"), 0),
                number(figures.get("p99_us"), 0), number(figures.get("p999_us"), 0),
                number(figures.get("bytes"), 0)])
    return table(head, rows)


def ratio_table(result):
    peers = [name for name in result["servers"] if name != "berth"]
    head = ["Berth's share of"] + [result["servers"][name] for name in peers]
    rows = []
    for load, _, title, _ in TARGETS:
        row = [title]
        for peer in peers:
            cell = ""
            for found in result["ratios"]:
                if found["load"] == load and found["peer"] == peer:
                    word = "pass" if found["passes"] else "MISS"
                    cell = f"{found['ratio']:.3g} (<= {found['target']:g}) {word}"
            row.append(cell)
        if any(row[1:]):
            rows.append(row)
    return table(head, rows) if rows and peers else []
