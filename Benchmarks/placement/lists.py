#!/usr/bin/env python3
"""Writes lists of pods that differ from a given one, to see whether a policy is good on that one alone.

    Benchmarks/placement/lists.py NODES.csv PODS.csv FOLDER

Each has as many pods, drawn by a fixed seed: other parts of shares, of requests for several devices, of work
without GPU; more CPU; requests for named models.
"""
import csv
import pathlib
import random
import sys

nodes_path, pods_path, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
with open(nodes_path, newline="") as file:
    nodes = list(csv.DictReader(file))
with open(pods_path, newline="") as file:
    reader = csv.DictReader(file)
    header, pods = reader.fieldnames, list(reader)
draw = random.Random(777)
devices = [model for node in nodes for model in [node["model"]] * int(node["gpu"])]


def milli(pod):
    count = int(pod["num_gpu"])
    return count * int(pod["gpu_milli"] or 1000) if count else 0


plain = [pod for pod in pods if milli(pod) == 0]
shares = [pod for pod in pods if 0 < milli(pod) < 1000]
several = [pod for pod in pods if milli(pod) > 1000]
whole = [pod for pod in pods if milli(pod) == 1000]
gpu = shares + whole + several


def write(name, list_):
    with open(folder / f"{name}.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, header)
        writer.writeheader()
        writer.writerows(list_)


def of_shares(part):
    def one():
        if draw.random() < len(plain) / len(pods):
            return draw.choice(plain)
        return draw.choice(shares if draw.random() < part else whole + several)
    return [one() for _ in pods]


def with_several(part):
    """`part`: of the demand for GPU."""
    rest = plain + shares + whole
    each, other = sum(map(milli, several)) / len(several), sum(map(milli, rest)) / len(rest)
    chance = part / each / (part / each + (1 - part) / other)
    return [draw.choice(several if draw.random() < chance else rest) for _ in pods]


def with_models(part):
    def one(pod):
        if not milli(pod) or draw.random() >= part:
            return pod
        models = {draw.choice(devices) for _ in range(draw.choice([1, 2]))}
        return pod | {"gpu_spec": "|".join(sorted(models))}
    return [one(pod) for pod in pods]


def with_cpu(factor):
    most = max(int(node["cpu_milli"]) for node in nodes)
    return [pod | {"cpu_milli": min(int(int(pod["cpu_milli"]) * factor), most)} for pod in pods]


folder.mkdir(parents=True, exist_ok=True)
for part in [0, 30, 60, 100]:
    write(f"share{part}", of_shares(part / 100))
for part in [20, 50, 80]:
    write(f"multi{part}", with_several(part / 100))
for part in [0, 25, 40]:
    write(f"cpuonly{part}",
          [draw.choice(plain if draw.random() < part / 100 else gpu) for _ in pods])
write("spec33", with_models(0.33))
write("cpu15", with_cpu(1.5))
