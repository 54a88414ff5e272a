# page: zmq.Context: socket
# page: zmq.SocketOption: SNDHWM, RCVHWM
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, send_pyobj, recv_pyobj

import threading

import zmq

context = zmq.Context()


def consume():
    queue, taken = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    queue.RCVHWM = 5
    queue.connect("inproc://queue")
    taken.connect("inproc://taken")
    while True:
        taken.send_pyobj(queue.recv_pyobj())


queue, taken = context.socket(zmq.PUSH), context.socket(zmq.PULL)
queue.SNDHWM = 5
queue.bind("inproc://queue")
taken.bind("inproc://taken")
for _ in range(4):
    threading.Thread(target=consume, daemon=True).start()
# It has no end, and a message to each could reach one consumer twice: who produces counts.
for n in range(1, 1001):
    queue.send_pyobj(n)
print(sum(taken.recv_pyobj() for _ in range(1000)), flush=True)
