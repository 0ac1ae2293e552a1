"""The servers that are measured: how each is started, waited for and ended."""

import os
import socket
import subprocess
import time

START_SECONDS = 10


class Server:
    """One program that listens on `port` of the loopback address."""

    def __init__(self, name, program, port, framing, title):
        self.name = name
        self.program = program
        self.port = port
        # What the load generator speaks to it; h2: its calls are h2load's.
        self.framing = framing
        self.title = title
        self.process = None

    def start(self, cpu):
        command = ["taskset", "-c", str(cpu)] if cpu is not None else []
        self.process = subprocess.Popen(
            command + [self.program, str(self.port)], stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"bench-rpc: {self.name} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise SystemExit(f"bench-rpc: {self.name} does not listen") from None
                time.sleep(0.02)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def cpu_seconds(self):
        """User and system time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def all_servers(build):
    """Every server, in the order of a round; those that were not built are missing."""
    servers = [
        Server("berth", os.environ["BENCH_SERVER"], 7101, "berth", "Berth"),
        Server("limit", f"{build}/limit-server", 7102, "limit", "C limit"),
        Server("grpc-cpp", f"{build}/grpc-cpp-server", 7103, "h2", "gRPC C++ (callback)"),
        Server("grpc-swift", os.environ.get("GRPC_SWIFT_SERVER", ""), 7104, "h2", "grpc-swift-2"),
    ]
    return [server for server in servers if os.access(server.program, os.X_OK)]
