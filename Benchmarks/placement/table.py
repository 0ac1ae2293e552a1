#!/usr/bin/env python3
"""Prints how every placement policy does on lists of pods, as a Markdown table.

    Benchmarks/placement/table.py BERTH NODES.csv PODS.csv... [--seeds 42-51]

Runs `berth simulate` (docs/scheduling.md, "Placement"), one list after the other.
"""
import argparse
import json
import pathlib
import subprocess

POLICIES = ["berth", "fgd", "best-fit", "random"]


def simulate(arguments, pods):
    command = [arguments.berth, "simulate", "--nodes", arguments.nodes, "--pods", pods,
               "--seeds", arguments.seeds, "--policy", ",".join(POLICIES), "-o", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("nodes")
    parser.add_argument("pods", nargs="+")
    parser.add_argument("--seeds", default="42-51")
    arguments = parser.parse_args()
    print(f"GPU allocated in percent, mean (deviation) of seeds {arguments.seeds}; decisions/s\n")
    print("| list | " + " | ".join(POLICIES) + " |\n|---|" + "---|" * len(POLICIES))
    for pods in arguments.pods:
        cells = []
        for report in simulate(arguments, pods):
            deviation = report.get("deviation")
            cells.append(f"{report['gpu_allocation_percent']:.2f}"
                         + (f" ({deviation:.2f})" if deviation is not None else "")
                         + f"; {report['decisions_per_second']:,.0f}/s")
        print(f"| {pathlib.Path(pods).stem} | " + " | ".join(cells) + " |", flush=True)


main()
