"""The loads: what each does to a server and what it reads off."""

import json
import os
import re
import subprocess
import tempfile
import threading
import time


class Load:
    def __init__(self, name, mode, connections, outstanding, title):
        self.name = name
        self.mode = mode
        self.connections = connections
        self.outstanding = outstanding
        self.title = title


LOADS = [
    Load("idle", "idle", 5000, 0, "5,000 idle connections"),
    Load("handshake", "handshake", 8, 1, "handshakes, 8 at a time"),
    Load("1x1", "call", 1, 1, "1 x 1"),
    Load("64x1", "call", 64, 1, "64 x 1"),
    Load("8x64", "call", 8, 64, "8 x 64"),
    Load("echo", "echo", 8, 1, "64 KiB echo, 8 x 1"),
]


class Failed(Exception):
    """A run that gave no figures."""


def own(build, server, load, seconds, warm_up, cpu):
    """A run of the load generator; its figures."""
    command = ["taskset", "-c", str(cpu)] if cpu is not None else []
    command += [
        f"{build}/load", server.framing, str(server.port), str(server.process.pid), load.mode,
        str(load.connections), str(load.outstanding), str(seconds), str(warm_up)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return json.loads(done.stdout)


def h2load(build, server, load, seconds, warm_up, cpu):
    """A run of h2load: each request's start and duration are in its log, so that the calls that
    ended between two readings of the server's CPU time are counted exactly."""
    with tempfile.TemporaryDirectory(dir=build) as folder:
        log = f"{folder}/log"
        command = ["taskset", "-c", str(cpu)] if cpu is not None else []
        command += [
            "h2load", "-t1", f"-c{load.connections}", f"-m{load.outstanding}",
            f"-D{int(seconds * 1000) + 1000}ms", f"--warm-up-time={int(warm_up * 1000)}ms", f"--log-file={log}",
            "-w24", "-W26", "-d", f"{build}/{load.mode}.grpc",
            "-H", "content-type: application/grpc", "-H", "te: trailers",
            f"https://127.0.0.1:{server.port}/bench.Bench/{load.mode.capitalize()}"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        readings = []

        def read():
            readings.append((time.time(), server.cpu_seconds()))

        timers = [threading.Timer(warm_up + at, read) for at in (0.3, 0.3 + seconds)]
        for timer in timers:
            timer.start()
        output = process.communicate()[0]
        for timer in timers:
            timer.join()
        if process.returncode != 0 or not os.path.exists(log):
            raise Failed(output.strip()[-400:])
        cipher = re.search(r"Cipher: (\S+)", output)
        return figures(log, readings, load, seconds, cipher.group(1) if cipher else "")


def figures(log, readings, load, seconds, cipher):
    begin, end = (int(at * 1e6) for at, _ in readings)
    durations = []
    failed = 0
    with open(log, encoding="ascii") as file:
        for line in file:
            started, status, duration = (int(word) for word in line.split("\t"))
            if not begin <= started + duration < end:
                continue
            durations.append(duration)
            failed += status != 200
    if failed or not durations:
        raise Failed(f"{failed} of {len(durations)} calls failed")
    durations.sort()
    cpu = readings[1][1] - readings[0][1]
    elapsed = (end - begin) / 1e6

    def quantile(share):
        return float(durations[min(len(durations) - 1, int(share * len(durations)))])

    return {
        "connections": load.connections, "outstanding": load.outstanding,
        "rate": round(len(durations) / elapsed), "cpu_us": cpu * 1e6 / len(durations),
        "cores": cpu / elapsed, "p50_us": quantile(0.5), "p99_us": quantile(0.99),
        "p999_us": quantile(0.999), "cipher": cipher}


def run(build, server, load, seconds, warm_up, cpu):
    """One run; its figures by name. Raises Failed."""
    if server.framing == "h2" and load.mode in ("call", "echo"):
        return h2load(build, server, load, seconds, warm_up, cpu)
    return own(build, server, load, seconds, warm_up, cpu)
