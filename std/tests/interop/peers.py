"""The other side of `interop.rs`: one peer of libzmq, told what to do by its arguments.

    peers.py ROLE ENDPOINT [ARGUMENT ...]

It binds or connects as the role says, prints `at ENDPOINT` when it has bound, and ends with status 0
if all was as it should be. Every wait is bounded.
"""

import sys
import time

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

CONTEXT = zmq.Context()
LIMIT = 20_000


def open_socket(kind, how, endpoint, **options):
    socket = CONTEXT.socket(getattr(zmq, kind))
    socket.RCVTIMEO = socket.SNDTIMEO = socket.LINGER = LIMIT
    for name, value in options.items():
        setattr(socket, name, value)
    if how == "bind":
        socket.bind(endpoint)
        print("at", socket.LAST_ENDPOINT.decode(), flush=True)
    else:
        socket.connect(endpoint)
    return socket


def check(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def security(options):
    """`null`, `plain:NAME:PASSWORD`, `curve:SERVER_KEY:PUBLIC:SECRET`, for a client."""
    kind, *rest = options.split(" ")
    if kind == "plain":
        return {"PLAIN_USERNAME": rest[0].encode(), "PLAIN_PASSWORD": rest[1].encode()}
    if kind == "curve":
        names = ("CURVE_SERVERKEY", "CURVE_PUBLICKEY", "CURVE_SECRETKEY")
        return dict(zip(names, (key.encode() for key in rest)))
    return {}


def push(how, endpoint, count, size="16", keys="null"):
    socket = open_socket("PUSH", how, endpoint, **security(keys))
    for number in range(int(count)):
        socket.send(number.to_bytes(4, "little") + bytes(int(size) - 4))


def pull(how, endpoint, count, keys="null"):
    socket = open_socket("PULL", how, endpoint, **security(keys))
    for number in range(int(count)):
        check(int.from_bytes(socket.recv()[:4], "little"), number)


def take(how, endpoint):
    """Takes what comes, and says what it is, until it is killed."""
    socket = open_socket("PULL", how, endpoint)
    while True:
        print("got", int.from_bytes(socket.recv()[:4], "little"), flush=True)


def pair(how, endpoint):
    socket = open_socket("PAIR", how, endpoint)
    check(socket.recv_multipart(), [b"one", b"", b"three"])
    socket.send_multipart([b"", b"x" * 300, b""])


def req(how, endpoint, rounds):
    socket = open_socket("REQ", how, endpoint)
    for number in range(int(rounds)):
        question = [b"hello", b"", str(number).encode()]
        socket.send_multipart(question)
        check(socket.recv_multipart(), question)


def ask(how, endpoint):
    """Asks for each line that it is told, and says the answer."""
    socket = open_socket("REQ", how, endpoint)
    for line in sys.stdin:
        socket.send(line.strip().encode())
        print("got", socket.recv().decode(), flush=True)


def rep(how, endpoint, rounds):
    socket = open_socket("REP", how, endpoint)
    for _ in range(int(rounds)):
        socket.send_multipart(socket.recv_multipart())


def mute(how, endpoint):
    """Hears a question, says so, and never answers."""
    socket = open_socket("REP", how, endpoint)
    socket.recv_multipart()
    print("heard", flush=True)
    time.sleep(LIMIT / 1000)


def dealer(how, endpoint, identity, delimited):
    """To a Router, or to a Rep with an empty frame before each message."""
    socket = open_socket("DEALER", how, endpoint, IDENTITY=identity.encode())
    before = [b""] if delimited == "delimited" else []
    for text in (b"first", b"second"):
        socket.send_multipart(before + [text, b"body"])
    for text in (b"first", b"second"):
        check(socket.recv_multipart(), before + [text, b"body"])


def router(how, endpoint, rounds):
    """Sends each message back to whom it is from."""
    socket = open_socket("ROUTER", how, endpoint)
    for _ in range(int(rounds)):
        socket.send_multipart(socket.recv_multipart())


def sub(how, endpoint, kind):
    socket = open_socket(kind, how, endpoint)
    if kind == "SUB":
        socket.subscribe(b"rome")
    else:
        socket.send(b"\x01rome")
    got = socket.recv_multipart()
    check(got[0][:4], b"rome")
    # Told to a listener only when this side calls: once more to be sure that it goes on.
    check(socket.recv_multipart()[0][:4], b"rome")


def hear(how, endpoint):
    """Says what it hears, each only once in a row, until it is killed."""
    socket = open_socket("SUB", how, endpoint)
    socket.subscribe(b"rome")
    last = None
    while True:
        _, text = socket.recv_multipart()
        if text != last:
            print("got", text.decode(), flush=True)
        last = text


def pub(how, endpoint, kind):
    socket = open_socket(kind, how, endpoint)
    end = time.monotonic() + LIMIT / 1000
    # Until the subscriber has heard it and goes.
    heard = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    while time.monotonic() < end and not heard.poll(10):
        if kind == "XPUB" and socket.poll(0):
            socket.recv()
        socket.send_multipart([b"paris", b"20"])
        socket.send_multipart([b"rome", b"21"])
    assert time.monotonic() < end, "nobody has heard it"


def say(how, endpoint):
    """Publishes the same again and again, until it is killed."""
    socket = open_socket("PUB", how, endpoint)
    while True:
        socket.send_multipart([b"paris", b"20"])
        socket.send_multipart([b"rome", b"21"])
        time.sleep(0.002)


def guarded(how, endpoint, keys):
    """A server that lets in one client, and takes one message of it."""
    guard = ThreadAuthenticator(CONTEXT)
    guard.start()
    kind, *rest = keys.split(" ")
    if kind == "plain":
        guard.configure_plain(domain="*", passwords={rest[0]: rest[1]})
        options = {"PLAIN_SERVER": True}
    else:
        guard.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
        options = {"CURVE_SERVER": True, "CURVE_SECRETKEY": rest[0].encode()}
    socket = open_socket("PULL", how, endpoint, **options)
    check(socket.recv(), b"let me in")
    socket.close()
    guard.stop()


def large(how, endpoint, megabytes, count):
    import numpy  # Which takes longer to load than most roles to play.

    socket = open_socket("PUSH", how, endpoint)
    array = numpy.ones(int(megabytes) * 250_000, "<f4")
    for _ in range(int(count)):
        socket.send(array, copy=False)


def arrays(how, endpoint, *lengths):
    """Sends an array of each length, and says what its sum is."""
    import numpy

    socket = open_socket("PUSH", how, endpoint)
    for length in lengths:
        array = (numpy.arange(int(length)) % 1000 * 0.25 - 100).astype("<f4")
        socket.send(array, copy=False)
        print("got", array.sum(dtype="<f8"), flush=True)


if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    globals()[role](*arguments)
    CONTEXT.destroy()
