"""Runs one case of gRPC's interoperability tests against a server that has their TestService.

  interop.py HOST:PORT CA CASE

Ends with status 0 when the case holds. Tests/Protos/interop.proto is the service.
"""

import sys
import time

from google.rpc.error_details_pb2 import BadRequest
from interop_pb2 import (
    EchoStatus, Empty, Payload, ResponseParameters, SimpleRequest, SimpleResponse,
    StreamingOutputCallRequest, StreamingOutputCallResponse)

from berth_client import Channel, Code, Status

SERVICE = "berth.testing.TestService/"
LARGE_REQUEST, LARGE_RESPONSE = 271_828, 314_159
SIZES = [31_415, 9, 2_653, 58_979]
address, cafile = sys.argv[1], sys.argv[2]


def connect(**options):
    host, _, port = address.rpartition(":")
    return Channel(host, int(port), **{"cafile": cafile, **options})


channel = connect()


def empty(via=None, **options):
    return (via or channel).unary(SERVICE + "EmptyCall", Empty(), Empty, **options)


def large(request_bytes=LARGE_REQUEST, response_bytes=LARGE_RESPONSE, via=None, **options):
    request = SimpleRequest(
        response_size=response_bytes, payload=Payload(body=bytes(request_bytes)))
    answer = (via or channel).unary(SERVICE + "UnaryCall", request, SimpleResponse, **options)
    assert answer.payload.body == bytes(response_bytes), len(answer.payload.body)


def stream(sizes, microseconds=0, **options):
    request = StreamingOutputCallRequest(response_parameters=[
        ResponseParameters(size=size, interval_us=microseconds) for size in sizes])
    return channel.server_streaming(
        SERVICE + "StreamingOutputCall", request, StreamingOutputCallResponse, **options)


def sizes_of(call):
    return [len(each.payload.body) for each in call]


def failure(body, *arguments, **options):
    """The status that a call ends with, which must not be OK."""
    try:
        body(*arguments, **options)
    except Status as status:
        return status
    raise AssertionError("the call went well")


def echoed_status(code, message):
    return failure(
        channel.unary, SERVICE + "UnaryCall",
        SimpleRequest(response_status=EchoStatus(code=code, message=message)), SimpleResponse)


def empty_unary():
    assert empty() == Empty()


def large_unary():
    large()


def largest_messages():
    # Every size around a frame's, and the bound of 4 MiB less the message's framing.
    for size in (16_330, 16_340, 16_350, 16_360, 16_370, 16_380, 65_536, (4 << 20) - 64):
        large(size, size)
    assert failure(large, (4 << 20) + 1, 1).code == Code.RESOURCE_EXHAUSTED
    large()


def server_streaming():
    assert sizes_of(stream(SIZES)) == SIZES
    assert sizes_of(stream([])) == []
    # More than all credit, which must come back.
    assert sizes_of(stream([100_000] * 100)) == [100_000] * 100


def streams_in_turn():
    # Two calls open and read in turn, and others beside them.
    first, second = stream([40_000] * 30), stream([1_000] * 30)
    for _ in range(30):
        assert len(next(first).payload.body) == 40_000
        assert len(next(second).payload.body) == 1_000
        assert empty() == Empty()
    assert list(first) == [] and list(second) == []
    # Calls that are given up with messages unread leave no credit behind.
    for _ in range(40):
        with stream([50_000] * 20) as call:
            next(call)
    large()


def custom_metadata():
    pairs = [
        ("x-grpc-test-echo-initial", "test_initial_metadata_value"),
        ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab")]
    with stream(SIZES, metadata=pairs) as call:
        assert sizes_of(call) == SIZES
        echoed = dict(call.trailers)
    assert echoed == {key: getattr(value, "encode", lambda: value)() for key, value in pairs}
    assert failure(empty, metadata=[("k", "x" * 9_000)]).code == Code.INVALID_ARGUMENT
    assert failure(empty, metadata=[("k", "x" * 5_000)] * 2).code == Code.RESOURCE_EXHAUSTED


def credentials():
    def bearer(**options):
        with stream([1], metadata=[("x-echo-bearer", "yes")], **options) as call:
            assert sizes_of(call) == [1]
            return dict(call.trailers)["x-bearer"]
    assert bearer() == b""
    channel.token = "first"
    assert bearer() == b"first" and bearer(token="another") == b"another"
    assert bearer(token="") == b"" and bearer() == b"first"
    channel.token = ""
    assert bearer() == b""


def status_code_and_message():
    status = echoed_status(Code.ABORTED, "test status message")
    assert (status.code, status.message) == (Code.ABORTED, "test status message"), status
    for code in Code:
        if code != Code.OK:
            assert echoed_status(code, "words").code == code


def special_status_message():
    message = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
    assert echoed_status(Code.ABORTED, message).message == message


def status_details():
    status = echoed_status(Code.INVALID_ARGUMENT, "no payload")
    (violation,) = status.detail(BadRequest).field_violations
    assert (violation.field, violation.description) == ("payload", "no payload"), violation


def unimplemented_method():
    status = failure(channel.unary, SERVICE + "UnimplementedCall", Empty(), Empty)
    assert status.code == Code.UNIMPLEMENTED, status


def unimplemented_service():
    method = "berth.testing.UnimplementedService/UnimplementedCall"
    assert failure(channel.unary, method, Empty(), Empty).code == Code.UNIMPLEMENTED


def cancel_after_first_response():
    with stream(SIZES, microseconds=1) as call:
        assert len(next(call).payload.body) == SIZES[0]
    assert list(call) == []


def timeout_on_sleeping_server():
    begun = time.monotonic()
    status = failure(lambda: sizes_of(stream([1], microseconds=1_800_000_000, timeout=0.05)))
    assert status.code == Code.DEADLINE_EXCEEDED, status
    assert time.monotonic() - begun < 10


def rpc_soak():
    for _ in range(100):
        large()


def channel_soak():
    for _ in range(20):
        with connect() as another:
            large(via=another)


def reconnect():
    # After the end of its connection a channel makes another.
    empty()
    channel.close()
    empty()


def wrong_authority():
    status = failure(empty, connect(cafile=None))
    assert status.code == Code.UNAVAILABLE and "CERTIFICATE_VERIFY_FAILED" in status.message


def wrong_name():
    status = failure(empty, connect(server_name="another.example"))
    assert status.code == Code.UNAVAILABLE and "CERTIFICATE_VERIFY_FAILED" in status.message


# Against servers that behave badly.

def goaway():
    large()
    for _ in range(3):
        large()


def expect_internal():
    assert failure(large).code == Code.INTERNAL


def data_then_internal():
    expect_internal()
    call = stream([LARGE_RESPONSE])
    assert len(next(call).payload.body) == LARGE_RESPONSE
    assert failure(next, call).code == Code.INTERNAL


def three_large():
    for _ in range(3):
        large()


def violation():
    status = failure(large)
    assert status.code == Code.UNAVAILABLE, status


if __name__ == "__main__":
    with channel:
        globals()[sys.argv[3]]()
