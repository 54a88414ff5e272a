# page: zmq.Context: socket
# page: zmq.Poller: register, poll, POLLIN
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, send, recv

import threading

import zmq


def work(context):
    jobs, stop = context.socket(zmq.PULL), context.socket(zmq.PULL)
    jobs.connect("inproc://jobs")
    stop.connect("inproc://stop")
    poller = zmq.Poller()
    poller.register(jobs, zmq.POLLIN)
    poller.register(stop, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if stop in ready:
            break
        jobs.recv()
    print("stopped")


context = zmq.Context()
jobs, stop = context.socket(zmq.PUSH), context.socket(zmq.PUSH)
jobs.bind("inproc://jobs")
stop.bind("inproc://stop")
worker = threading.Thread(target=work, args=[context])
worker.start()
jobs.send(b"job")
stop.send(b"")
worker.join()
