# page: zmq.Context: socket
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, poll, send, send_string, recv_string

import threading

import zmq

context = zmq.Context()


def run():
    ticks, stop = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    ticks.connect("inproc://ticks")
    stop.connect("inproc://stop")
    # It has no timer: a wait that nearly always times out is one.
    while not stop.poll(20):
        ticks.send_string("tick")


ticks, stop = context.socket(zmq.PULL), context.socket(zmq.PUSH)
ticks.bind("inproc://ticks")
stop.bind("inproc://stop")
clock = threading.Thread(target=run)
clock.start()
for _ in range(3):
    print(ticks.recv_string())
stop.send(b"")
clock.join()
print("cancelled")
