# page: zmq.Context: socket, term
# page: zmq.ContextTerminated
# page: zmq.SocketType: PULL
# page: zmq.Socket: bind, recv, close

import sys
import threading

import zmq


def work(jobs):
    try:
        while True:
            jobs.recv()
    except zmq.ContextTerminated:
        jobs.close()


context = zmq.Context()
jobs = context.socket(zmq.PULL)
jobs.bind("inproc://jobs")
worker = threading.Thread(target=work, args=[jobs])
worker.start()
try:
    print("ready", flush=True)
    # A signal that comes just before a join without a time-out would not end it.
    while worker.is_alive():
        worker.join(1)
except KeyboardInterrupt:
    context.term()
    worker.join()
print("ended")
sys.exit(130)
