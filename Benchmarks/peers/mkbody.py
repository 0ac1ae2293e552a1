"""Writes the bodies that h2load sends: call.grpc and echo.grpc, each one gRPC message."""

import struct
import sys


def varint(number):
    encoded = b""
    while number >= 128:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def delimited(field, value):
    return bytes([field << 3 | 2]) + varint(len(value)) + value


REQUEST = (
    delimited(1, b"req-0f8fad5b-d9cb-469f-a165-70867728950e")
    + delimited(2, b"Ludwig van Beethoven, Bonn am Rhein, Germany")
    + b"\x18" + varint(123456789012)
    + b"\x20\x01"
)
BLOB = delimited(1, bytes((i * 7 + (i >> 8)) & 255 for i in range(65536)))

for name, message in (("call", REQUEST), ("echo", BLOB)):
    with open(f"{sys.argv[1]}/{name}.grpc", "wb") as file:
        file.write(b"\0" + struct.pack(">I", len(message)) + message)
