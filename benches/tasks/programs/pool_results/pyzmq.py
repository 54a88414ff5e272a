# page: zmq.Context: socket
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, send_pyobj, recv_pyobj

import threading

import zmq

context = zmq.Context()


def work():
    jobs, squares = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    jobs.connect("inproc://jobs")
    squares.connect("inproc://squares")
    while True:
        squares.send_pyobj(jobs.recv_pyobj() ** 2)


jobs, squares = context.socket(zmq.PUSH), context.socket(zmq.PULL)
jobs.bind("inproc://jobs")
squares.bind("inproc://squares")
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
for n in range(1, 101):
    jobs.send_pyobj(n)
print(sum(squares.recv_pyobj() for _ in range(100)), flush=True)
