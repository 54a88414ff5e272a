# page: zmq.Context: socket
# page: zmq.SocketType: PULL, PUSH
# page: zmq.Socket: bind, connect, poll, send_string, recv_string

import zmq

context = zmq.Context()
sender, receiver = context.socket(zmq.PUSH), context.socket(zmq.PULL)
receiver.bind("inproc://messages")
sender.connect("inproc://messages")
if not receiver.poll(20):
    print("nothing")
sender.send_string("late")
if receiver.poll(20):
    print(receiver.recv_string())
