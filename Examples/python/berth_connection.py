"""One connection of berth/1: TLS, frames, streams, credit, pings and its end.

No threads: it is served while somebody waits on it (`turn`). The numbers of sections are those of
docs/protocol.md.
"""

import collections
import random
import selectors
import socket
import ssl
import struct
import time

from berth_wire import *

# What this client accepts, as its SETTINGS say.
MESSAGE_BYTES, STREAM_CREDIT, CONNECTION_CREDIT = 4 << 20, 256 << 10, 1 << 20
ACCEPTED = {2: MESSAGE_BYTES, 3: METADATA_BYTES, 4: STREAM_CREDIT, 5: CONNECTION_CREDIT, 6: 10_000}
# What a server accepts until its SETTINGS have come.
ASSUMED = {1: 64, 2: FLOOR, 3: METADATA_BYTES, 4: FLOOR, 5: FLOOR, 6: 10_000}
UNSENT_BYTES = 64 << 10  # that wait for the socket before a call's next frame does
UNSENT_CONTROL_BYTES = 256 << 10  # more of them are answers that the server does not read
PARTS = 4  # messages in parts that may be under way
KEEPALIVE_SECONDS, KEEPALIVE_TIMEOUT, CLOSE_SECONDS = 30.0, 20.0, 1.0
FOREVER = float("inf")


class Stream:
    """One attempt of a call: what came for it, and the credit both ways.

    Ours is counted for its bound alone: these calls send one message, for which every new stream
    has credit."""

    def __init__(self, number, send_credit):
        self.number, self.receive_credit, self.owed = number, STREAM_CREDIT, 0
        self.send_credit = send_credit
        self.messages = collections.deque()  # with their cost; the credit bounds them
        self.part, self.last_was_empty = None, False  # the message that is coming in parts
        self.status = None  # set when the stream has ended


class Connection:
    def __init__(self, host, port, context, server_name, timeout):
        """Connects and shakes hands within `timeout` seconds; throws OSError."""
        self.streams, self.next_number = {}, 1
        self.closed, self.draining = None, False  # `closed`: why, in words
        self.send_credit, self.receive_credit, self.owed = FLOOR, CONNECTION_CREDIT, 0
        self._settings, self._is_settled, self._last_served = dict(ASSUMED), False, HIGHEST
        self._token, self._reason = "", ""
        self._received, self._unsent = bytearray(), bytearray()
        self._heard, self._asked = time.monotonic(), None  # last byte; PING without an answer
        self._socket = socket.create_connection((host, port), timeout)
        self._selector = selectors.DefaultSelector()
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setblocking(False)
            self._selector.register(self._socket, selectors.EVENT_READ)
            self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self._tls = context.wrap_bio(self._incoming, self._outgoing, False, server_name)
            self._shake_hands(self._heard + timeout)
        except BaseException:
            self._selector.close()
            self._socket.close()
            raise
        self._write(SETTINGS, payload=settings_payload(ACCEPTED))

    def _shake_hands(self, deadline):
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._transfer(deadline)
                if time.monotonic() >= deadline:
                    raise TimeoutError("the TLS handshake took too long") from None
            except ssl.SSLError:
                self._transfer(0)  # the alert that says why
                raise
        if self._tls.selected_alpn_protocol() != "berth/1":
            raise ssl.SSLError("the server does not speak berth/1")

    # Sending.

    def _write(self, kind, flags=0, stream=0, payload=b""):
        self._tls.write(frame(kind, flags, stream, payload))
        self._unsent += self._outgoing.read()

    def open(self, method, request, deadline, metadata, token):
        """Sends a call's request, OPEN and DATA for what does not fit, and returns its stream."""
        self.wait(deadline, self._may_open)
        left = 0 if deadline is None else max(1, round((deadline - time.monotonic()) * 1e6))
        head = open_head(method, left, metadata)
        if self._is_settled and len(request) > self._settings[2]:
            raise Status(Code.RESOURCE_EXHAUSTED, "a message over what the server accepts")
        room = PAYLOAD_BYTES - len(head)
        if len(request) > room:  # it costs credit, and begins only while there is some
            self.wait(deadline, lambda: self.send_credit > 0)
        if self.closed or self.draining:
            raise Status(Code.UNAVAILABLE, self.closed or "the server drains", refused=True)
        if len(token) > TOKEN_BYTES:
            raise Status(Code.INVALID_ARGUMENT, "a token that is too long to travel")
        if token != self._token:
            self._write(CREDENTIALS, payload=token.encode())
            self._token = token
        stream = self.streams[self.next_number] = Stream(self.next_number, self._settings[4])
        self.next_number += 2
        self._spend(stream, MESSAGE_COST if len(request) > room else 0)
        if len(request) <= room:
            self._write(OPEN, BEGIN | END, stream.number, head + request)
        elif len(request) <= PAYLOAD_BYTES:  # what fits one frame goes in one: not in this one
            self._write(OPEN, 0, stream.number, head)
            self._send_parts(stream, request, 0, deadline)
        else:
            self._spend(stream, room)
            self._write(OPEN, BEGIN | MORE, stream.number, head + request[:room])
            self._send_parts(stream, request, room, deadline)
        return stream

    def _may_open(self):
        return self.draining or (
            len(self.streams) < self._settings[1] and len(self._unsent) < UNSENT_BYTES)

    def _send_parts(self, stream, request, sent, deadline):
        while sent < len(request):
            # What the server says is heard in between, and may end the call.
            self.wait(
                deadline, lambda: stream.status or len(self._unsent) < UNSENT_BYTES, stream)
            if stream.status:
                return
            part = request[sent:sent + PAYLOAD_BYTES]
            flags = 0 if sent else BEGIN
            sent += len(part)
            self._spend(stream, len(part))
            self._write(DATA, flags | (END if sent == len(request) else MORE), stream.number, part)

    def _spend(self, stream, count):
        stream.send_credit -= count
        self.send_credit -= count

    def wait(self, deadline, is_done, stream=None):
        """Serves the connection until `is_done` or its end. When the deadline has passed it ends
        `stream` and throws."""
        while not (self.closed or is_done()):
            if deadline is not None and time.monotonic() >= deadline:
                if stream:
                    self.cancel(stream, RESET_DEADLINE_EXCEEDED)
                raise Status(Code.DEADLINE_EXCEEDED, "the deadline passed")
            self.turn(deadline)

    # Receiving.

    def turn(self, deadline=None):
        """Sends what waits, waits until `deadline` for the server, and handles what it said."""
        if self.closed:
            return
        quiet = max(KEEPALIVE_SECONDS, self._settings[6] / 1_000)
        if self._asked is None and time.monotonic() >= self._heard + quiet:
            self._asked = time.monotonic()
            self._write(PING, payload=random.randbytes(8))
        wake = self._heard + quiet if self._asked is None else self._asked + KEEPALIVE_TIMEOUT
        try:
            self._transfer(min(wake, FOREVER if deadline is None else deadline))
            is_over = self._decrypt()
            self._parse()
            if self._asked is not None and time.monotonic() >= self._asked + KEEPALIVE_TIMEOUT:
                raise Violation("no answer to a PING", TIMEOUT)
            if len(self._unsent) > UNSENT_BYTES + UNSENT_CONTROL_BYTES:
                raise Violation("frames that want an answer, and answers not read", EXCESSIVE_LOAD)
            if is_over or self.draining and not self.streams:
                self._end(NO_ERROR, "the server closed the connection")
        except Violation as violation:
            self._end(violation.code, str(violation))
        except OSError as error:
            self._lose(str(error))

    def _transfer(self, deadline):
        """Waits for the socket once; sends and receives what it takes and has."""
        self._unsent += self._outgoing.read()
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        self._selector.modify(self._socket, events)
        for _, ready in self._selector.select(max(0, deadline - time.monotonic())):
            try:
                if ready & selectors.EVENT_WRITE:
                    del self._unsent[:self._socket.send(self._unsent)]
                if ready & selectors.EVENT_READ:
                    data = self._socket.recv(64 << 10)
                    self._heard, self._asked = time.monotonic(), None
                    self._incoming.write(data) if data else self._incoming.write_eof()
            except BlockingIOError:
                pass

    def _decrypt(self):
        """Whether the server sends nothing more."""
        try:
            while data := self._tls.read(64 << 10):
                self._received += data
            return True
        except ssl.SSLWantReadError:
            return False
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return True

    def _parse(self):
        at = 0
        while len(self._received) - at >= HEADER.size:
            word, flags, reserved, number = HEADER.unpack_from(self._received, at)
            length, kind, start = word >> 8, word & 255, at + HEADER.size
            is_known = judge(length, kind, flags, reserved, number)
            if is_known and number >= self.next_number:
                raise Violation("a frame on an idle stream")
            if self._is_settled == (kind == SETTINGS):
                raise Violation("SETTINGS come once, and first")
            if len(self._received) < start + length:
                break
            at = start + length
            if is_known:
                self._handle(kind, flags, number, bytes(self._received[start:at]))
        del self._received[:at]

    def _handle(self, kind, flags, number, payload):
        stream = self.streams.get(number)  # None: the connection's, or one that has ended
        if kind == SETTINGS:
            self._take_settings(parse_settings(payload))
        elif kind == DATA:
            self._take_data(stream, flags, payload)
        elif kind == STATUS and stream:
            status, message = parse_status(payload, flags & BEGIN)
            if stream.part is not None:
                raise Violation("a STATUS within a message")
            if message is not None:
                stream.messages.append((message, 0))
            self._finish(stream, status)
        elif kind == RESET and stream:
            (code,) = struct.unpack(">I", payload)
            if code == RESET_IMPOSSIBLE:
                raise Violation("a RESET of an impossible code")
            self._finish(stream, Status(
                RESETS.get(code, Code.INTERNAL), f"the server reset the call ({code})",
                refused=code == RESET_REFUSED))
        elif kind == WINDOW:
            (credit,) = struct.unpack(">I", payload)
            target = stream if number else self
            if target:
                target.send_credit += credit
            if not 0 < credit <= HIGHEST or target and target.send_credit > HIGHEST:
                raise Violation("a WINDOW of no or too much credit")
        elif kind == PING:
            self._write(PONG, payload=payload)
        elif kind == GOAWAY:
            self._take_goaway(payload)

    def _take_settings(self, settings):
        before, self._is_settled = self._settings, True
        self._settings = before | settings
        self.send_credit += self._settings[5] - before[5]
        for stream in self.streams.values():
            stream.send_credit += self._settings[4] - before[4]

    def _take_data(self, stream, flags, payload):
        cost = len(payload) + (MESSAGE_COST if flags & BEGIN else 0)
        if flags & BEGIN and (self.receive_credit <= 0 or stream and stream.receive_credit <= 0):
            raise Violation("a message without credit", FLOW_CONTROL)
        self.receive_credit -= cost
        if stream is None or self.receive_credit <= 0:
            self._return_credit(None, 0 if stream else cost)
        if stream is None:
            return
        stream.receive_credit -= cost
        if bool(flags & BEGIN) != (stream.part is None):
            raise Violation("BEGIN within a message, or DATA outside of one")
        is_empty = not payload and bool(flags & MORE)
        if is_empty and stream.last_was_empty:
            raise Violation("empty frames in a row within a message")
        stream.last_was_empty = is_empty
        stream.part = (stream.part or bytearray()) + payload
        if len(stream.part) > MESSAGE_BYTES:
            self._reset(stream, RESET_MESSAGE_TOO_LARGE)
            stream.status = Status(Code.RESOURCE_EXHAUSTED, f"a message over {MESSAGE_BYTES} bytes")
        elif not flags & MORE:
            stream.messages.append((bytes(stream.part), len(stream.part) + MESSAGE_COST))
            stream.part, stream.last_was_empty = None, False
        elif sum(each.part is not None for each in self.streams.values()) > PARTS:
            raise Violation("too many messages in parts")

    def take(self, stream):
        """The next message of a stream; its credit goes back to the server."""
        message, cost = stream.messages.popleft()
        self._return_credit(stream, cost)
        return message

    def _return_credit(self, stream, count):
        """Notes what was taken. It is told when as much is owed as the server has left."""
        for target, number in ((stream, stream and stream.number), (self, 0)):
            if target is None or self.closed or number and number not in self.streams:
                continue
            target.owed += count
            if target.owed and target.owed >= target.receive_credit:
                self._write(WINDOW, 0, number, struct.pack(">I", target.owed))
                target.receive_credit += target.owed
                target.owed = 0

    # Ending.

    def cancel(self, stream, code=RESET_CANCELLED):
        """Ends a stream if it has not ended, and gives up what came for it and was not taken."""
        self._reset(stream, code)
        self.turn(0)

    def _reset(self, stream, code):
        if self.streams.pop(stream.number, None) and not self.closed:
            self._write(RESET, 0, stream.number, struct.pack(">I", code))
        part = 0 if stream.part is None else len(stream.part) + MESSAGE_COST
        waiting = part + sum(cost for _, cost in stream.messages)
        stream.messages.clear()
        stream.part = None
        self._return_credit(None, waiting)

    def _finish(self, stream, status):
        stream.status = status
        self.streams.pop(stream.number, None)

    def _take_goaway(self, payload):
        last, code = struct.unpack_from(">II", payload)
        if last > self._last_served:
            raise Violation("a GOAWAY that names a higher stream than the one before")
        self.draining, self._last_served = True, last
        if code != NO_ERROR:
            words = payload[8:].decode("utf-8", "replace")
            self._reason = f"the server ended the connection ({code}): {words}"
        for stream in [each for each in self.streams.values() if each.number > last]:
            self._finish(stream, Status(Code.UNAVAILABLE, "refused by a GOAWAY", refused=True))

    def _lose(self, words):
        self.closed = self._reason or words or "the connection was lost"
        self._selector.close()
        self._socket.close()
        for stream in list(self.streams.values()):
            self._finish(stream, Status(Code.UNAVAILABLE, self.closed))

    def _end(self, code, words):
        """Says why, and closes: GOAWAY, close_notify."""
        try:
            self._write(GOAWAY, payload=struct.pack(">II", 0, code) + words.encode()[:512])
            try:
                self._tls.unwrap()
            except ssl.SSLError:
                pass  # the server's close_notify is not waited for
            deadline = time.monotonic() + CLOSE_SECONDS
            self._unsent += self._outgoing.read()
            while self._unsent and time.monotonic() < deadline:
                self._transfer(deadline)
        except OSError:
            pass
        self._lose(words)

    def close(self):
        """Ends the connection and the calls that are open on it."""
        if not self.closed:
            self._end(NO_ERROR, "the channel was closed")
