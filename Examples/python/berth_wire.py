"""The values of the wire protocol berth/1: frame types, bounds, statuses and heads.

The numbers of sections are those of docs/protocol.md.
"""

import enum
import re
import struct

SETTINGS, OPEN, DATA, STATUS, WINDOW, RESET, PING, PONG, GOAWAY, CREDENTIALS = range(1, 11)
END, MORE, BEGIN, IGNORABLE = 0x0001, 0x0002, 0x0004, 0x8000
RESET_CANCELLED, RESET_REFUSED, RESET_DEADLINE_EXCEEDED, RESET_MESSAGE_TOO_LARGE = range(1, 5)
RESET_IMPOSSIBLE = 2**32 - 1  # stands for a lost connection where one is told of it
NO_ERROR, PROTOCOL_ERROR, FRAME_TOO_LARGE, FLOW_CONTROL, EXCESSIVE_LOAD, TIMEOUT = range(6)

PAYLOAD_BYTES = 16_372  # of a frame, at most
MESSAGE_COST = 64  # what a message costs beyond its bytes (section 6)
FLOOR = 65_536  # credit, and bytes of a message, until SETTINGS say more
METADATA_BYTES, PAIRS, TOKEN_BYTES = 8_192, 128, 8_192
HIGHEST = 2**31 - 1  # stream number, credit
KEY = re.compile(r"[a-z0-9_.-]{1,64}")  # of metadata

HEADER = struct.Struct(">IHHI")  # length and type share the first word
STATUS_HEAD = struct.Struct(">BBHHH")

# Frames that a server sends: the flags it may set, whether it names a stream (None: either), and
# the payload's least and greatest length.
RULES = {
    SETTINGS: (0, False, 0, 64 * 6), DATA: (MORE | BEGIN, True, 0, PAYLOAD_BYTES),
    STATUS: (BEGIN, True, STATUS_HEAD.size, PAYLOAD_BYTES), WINDOW: (0, None, 4, 4),
    RESET: (0, True, 4, 4), PING: (0, False, 8, 8), PONG: (0, False, 8, 8),
    GOAWAY: (0, False, 8, 8 + 512),
}

Code = enum.IntEnum("Code", """OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND
    ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE
    UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED""", start=0)

# How a call ends whose stream the server resets (section 8); other codes are INTERNAL.
RESETS = {
    RESET_CANCELLED: Code.CANCELLED, RESET_REFUSED: Code.UNAVAILABLE,
    RESET_DEADLINE_EXCEEDED: Code.DEADLINE_EXCEEDED,
    RESET_MESSAGE_TOO_LARGE: Code.RESOURCE_EXHAUSTED, 5: Code.UNAVAILABLE, 6: Code.INTERNAL,
}


class Status(Exception):
    """How a call ended. `details` are pairs of a protobuf type's full name and a message's bytes,
    `metadata` pairs of str and bytes; `refused` says that no handler saw the call."""

    def __init__(self, code, message="", details=(), metadata=(), refused=False):
        super().__init__(f"{code.name}: {message}" if message else code.name)
        self.code, self.message, self.refused = code, message, refused
        self.details, self.metadata = list(details), list(metadata)

    def detail(self, message_class):
        """The first detail of that protobuf type, or None."""
        for name, value in self.details:
            if name == message_class.DESCRIPTOR.full_name:
                return message_class.FromString(value)
        return None


class Violation(Exception):
    """The server broke the protocol: the connection ends with this GOAWAY code and these words."""

    def __init__(self, words, code=PROTOCOL_ERROR):
        super().__init__(words)
        self.code = code


def frame(kind, flags=0, stream=0, payload=b""):
    return HEADER.pack(len(payload) << 8 | kind, flags, 0, stream) + payload


def open_head(method, timeout_microseconds, metadata):
    """The head of OPEN (section 3); `metadata` are pairs of str and str or bytes."""
    name, pairs = method.encode("ascii"), bytearray()
    for key, value in metadata:
        value = value.encode() if isinstance(value, str) else value
        if not 1 <= len(key) <= 64 or len(value) > METADATA_BYTES:
            raise Status(Code.INVALID_ARGUMENT, f"metadata that cannot be sent: {key}")
        pairs += struct.pack(">BH", len(key), len(value)) + key.encode("ascii") + value
    if len(pairs) > METADATA_BYTES or len(metadata) > PAIRS:
        raise Status(Code.RESOURCE_EXHAUSTED, "too much metadata")
    return struct.pack(">QHH", timeout_microseconds, len(name), len(pairs)) + name + bytes(pairs)


def settings_payload(settings):
    return b"".join(struct.pack(">HI", *pair) for pair in settings.items())


def parse_settings(payload):
    """The settings that this page knows, by number, in their ranges."""
    if len(payload) % 6:
        raise Violation("SETTINGS that are not whole")
    found = {}
    for key, value in struct.iter_unpack(">HI", payload):
        if key in (2, 4, 5) and not FLOOR <= value <= HIGHEST:
            raise Violation(f"a setting out of its range: {key}")
        found[key] = min(value, METADATA_BYTES) if key == 3 else value
    return found


def parse_status(payload, has_message):
    """The status (section 7), and the message that came with it or None."""
    code, reserved, *lengths = STATUS_HEAD.unpack_from(payload)
    ends = [STATUS_HEAD.size + sum(lengths[:count]) for count in range(4)]
    if reserved or lengths[0] > 1_024 or lengths[1] > 4_096 or ends[3] > len(payload):
        raise Violation("a malformed STATUS")
    if has_message and code != Code.OK or not has_message and ends[3] < len(payload):
        raise Violation("a STATUS with a message that it must not have")
    words, details, metadata = (payload[ends[i]:ends[i + 1]] for i in range(3))
    status = Status(
        Code(code) if code in set(Code) else Code.UNKNOWN, words.decode("utf-8", "replace"),
        _parse_pairs(details), _parse_pairs(metadata))
    if not all(KEY.fullmatch(key) for key, _ in status.metadata):
        raise Violation("a key of metadata that may not travel")
    return status, payload[ends[3]:] if has_message else None


def _parse_pairs(data):
    """Metadata, and details: both are u8 length, u16 length, name, value."""
    at, found = 0, []
    try:
        while at < len(data):
            key, value = struct.unpack_from(">BH", data, at)
            at += 3 + key + value
            if key == 0 or at > len(data) or len(found) == PAIRS:
                raise Violation("a malformed pair in a head")
            found.append((data[at - key - value:at - value].decode("ascii"), data[at - value:at]))
    except (struct.error, UnicodeDecodeError):
        raise Violation("a malformed pair in a head") from None
    return found


def judge(length, kind, flags, reserved, stream):
    """Refuses a frame from a server that is wrong by its header (section 2); whether its type is
    known. A stream that was never opened is the connection's to refuse."""
    if length > PAYLOAD_BYTES:
        raise Violation("a frame over the bound", FRAME_TOO_LARGE)
    if reserved or stream > HIGHEST:
        raise Violation("a reserved bit is set")
    if kind not in RULES:
        if kind in (OPEN, CREDENTIALS) or not flags & IGNORABLE:
            raise Violation(f"a frame of type {kind}")
        return False
    allowed, has_stream, least, most = RULES[kind]
    if flags & ~(allowed | IGNORABLE) or not least <= length <= most:
        raise Violation(f"flags or length of a frame of type {kind}")
    if has_stream is not None and has_stream != (stream != 0) or stream and stream % 2 == 0:
        raise Violation(f"the stream of a frame of type {kind}")
    return True
