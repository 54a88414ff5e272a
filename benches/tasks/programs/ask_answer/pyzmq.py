# page: zmq.Context: socket
# page: zmq.SocketType: REP, REQ
# page: zmq.Socket: bind, connect, send_pyobj, recv_pyobj

import threading

import zmq

context = zmq.Context()


def serve(server):
    while True:
        server.send_pyobj(server.recv_pyobj() ** 2)


def ask():
    client = context.socket(zmq.REQ)
    client.connect("inproc://squares")
    for n in range(1, 4):
        client.send_pyobj(n)
        assert client.recv_pyobj() == n * n


server = context.socket(zmq.REP)
server.bind("inproc://squares")
threading.Thread(target=serve, args=[server], daemon=True).start()
clients = [threading.Thread(target=ask) for _ in range(2)]
for client in clients:
    client.start()
for client in clients:
    client.join()
print("all right", flush=True)
