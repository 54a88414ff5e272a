# page: zmq.Context: socket
# page: zmq.Poller: register, poll, POLLIN
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, send_pyobj, recv_pyobj

import threading

import zmq

context = zmq.Context()
NAMES = ["numbers", "words"]


def send(name, items):
    socket = context.socket(zmq.PUSH)
    socket.connect(f"inproc://{name}")
    for item in items:
        socket.send_pyobj(item)
    socket.send_pyobj(None)


poller, sources, counts = zmq.Poller(), {}, dict.fromkeys(NAMES, 0)
for name in NAMES:
    socket = context.socket(zmq.PULL)
    socket.bind(f"inproc://{name}")
    poller.register(socket, zmq.POLLIN)
    sources[socket] = name
threading.Thread(target=send, args=["numbers", range(100)]).start()
threading.Thread(target=send, args=["words", ["word"] * 10]).start()
ended = 0
while ended < 2:
    for socket, _ in poller.poll():
        if socket.recv_pyobj() is None:
            ended += 1
        else:
            counts[sources[socket]] += 1
print(f"{counts['numbers']} numbers, {counts['words']} words")
