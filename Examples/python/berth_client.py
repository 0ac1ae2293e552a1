"""A client of the wire protocol berth/1: unary and server-streaming calls, without threads.

    with Channel("127.0.0.1", 8443, cafile="ca.pem", token=token) as channel:
        me = channel.unary("berth.v1.UserService/WhoAmI", WhoAmIRequest(), WhoAmIResponse)

A connection is served while a call on it waits; several calls may be open and be read in turn.
Times are in seconds. A call that fails throws `Status`.
"""

import random
import ssl
import time

from berth_connection import FOREVER, Connection
from berth_wire import Code, Status

__all__ = ["Call", "Channel", "Code", "Status"]

ATTEMPTS, RETRY_SECONDS = 4, 0.05  # of a call that was refused before a handler saw it


class Call:
    """A call under way: iterate over it for its responses. `close()`, or leaving `with`, cancels
    it. `trailers` is the metadata that came with its good end."""

    def __init__(self, channel, method, request, response_class, deadline, metadata):
        self._channel, self._response_class, self._deadline = channel, response_class, deadline
        self._opening = (method, request.SerializeToString(), deadline, metadata)
        self._attempts, self._is_over, self.trailers = 0, False, []
        self._open()

    def _open(self):
        while True:
            self._attempts += 1
            try:
                self._connection = self._channel.connection(self._deadline)
                self._stream = self._connection.open(*self._opening, self._channel.token)
                return
            except Status as status:
                self._pause_or_throw(status)

    def _pause_or_throw(self, status):
        if not status.refused or self._attempts == ATTEMPTS:
            self._is_over = True
            raise status
        time.sleep(RETRY_SECONDS * 2**self._attempts * random.uniform(0.5, 1))

    def __iter__(self):
        return self

    def __next__(self):
        while not self._is_over:
            stream = self._stream
            if stream.messages:
                return self._response_class.FromString(self._connection.take(stream))
            if stream.status is None:
                self._wait()
            elif stream.status.code == Code.OK:
                self._is_over, self.trailers = True, stream.status.metadata
            else:
                self._pause_or_throw(stream.status)
                self._open()
        raise StopIteration

    def _wait(self):
        stream = self._stream
        try:
            self._connection.wait(
                self._deadline, lambda: stream.messages or stream.status, stream)
        except Status:
            self._is_over = True
            raise

    def close(self):
        self._is_over = True
        self._connection.cancel(self._stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Channel:
    """The way to a server: connects with its first call, and anew after a connection's end.

    `token` is the bearer token of every call and may be set at any time; `cafile` holds whom the
    server's certificate must be signed by (None: an authority that the system trusts);
    `certificate` is a pair of files, chain and key, for a server that asks for one.
    """

    def __init__(
            self, host, port, *, cafile=None, server_name=None, token="", certificate=None,
            connect_timeout=10.0):
        self.token, self._address, self._timeout = token, (host, port), connect_timeout
        self._server_name, self._connection = server_name or host, None
        self._context = ssl.create_default_context(cafile=cafile)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.set_alpn_protocols(["berth/1"])
        if certificate:
            self._context.load_cert_chain(*certificate)

    def connection(self, deadline=None):
        """A connection that takes calls. Throws UNAVAILABLE when none can be made."""
        if self._connection:
            self._connection.turn(0)
        if not self._connection or self._connection.closed or self._connection.draining:
            left = FOREVER if deadline is None else deadline - time.monotonic()
            timeout = max(0.001, min(self._timeout, left))
            try:
                self._connection = Connection(
                    *self._address, self._context, self._server_name, timeout)
            except OSError as error:
                is_late = deadline is not None and time.monotonic() >= deadline
                code = Code.DEADLINE_EXCEEDED if is_late else Code.UNAVAILABLE
                raise Status(code, f"cannot connect: {error}") from error
        return self._connection

    def server_streaming(
            self, method, request, response_class, *, timeout=None, metadata=(), token=None):
        """Calls `package.Service/Method`; iterate over the result. `metadata` are pairs of str and
        str or bytes; `token` is this call's bearer token instead of the channel's, "" for none."""
        deadline = None if timeout is None else time.monotonic() + timeout
        metadata = list(metadata)
        if token is not None:
            metadata.append(("authorization", token and f"Bearer {token}"))
        return Call(self, method, request, response_class, deadline, metadata)

    def unary(self, method, request, response_class, *, timeout=30.0, metadata=(), token=None):
        """Calls `package.Service/Method` and returns its response."""
        with self.server_streaming(
                method, request, response_class, timeout=timeout, metadata=metadata,
                token=token) as call:
            responses = list(call)
        if len(responses) != 1:
            raise Status(Code.INTERNAL, f"{len(responses)} responses to a unary call")
        return responses[0]

    def close(self):
        if self._connection:
            self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
