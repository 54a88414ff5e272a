# page: zmq.Context: socket
# page: zmq.SocketOption: LAST_ENDPOINT
# page: zmq.SocketType: PAIR
# page: zmq.Socket: bind, connect, send_pyobj, recv_pyobj

import subprocess
import sys

import zmq

peer = zmq.Context().socket(zmq.PAIR)
if len(sys.argv) > 1:
    peer.connect(sys.argv[1])
    while (n := peer.recv_pyobj()) is not None:
        peer.send_pyobj(n * n)
else:
    peer.bind("tcp://127.0.0.1:*")
    endpoint = peer.LAST_ENDPOINT.decode()
    worker = subprocess.Popen([sys.executable, __file__, endpoint])
    for n in range(1, 101):
        peer.send_pyobj(n)
    total = sum(peer.recv_pyobj() for _ in range(100))
    peer.send_pyobj(None)
    worker.wait()
    print(total)
