# page: zmq.Context: socket
# page: zmq.SocketType: SUB, XPUB
# page: zmq.Socket: bind, connect, subscribe, send_string, recv, recv_string

import threading

import zmq

context = zmq.Context()
counts = {}


def listen(city):
    reports = context.socket(zmq.SUB)
    reports.connect("inproc://weather")
    # It has no end: a message is it.
    reports.subscribe("end")
    reports.subscribe(city)
    counts[city] = 0
    while reports.recv_string() != "end":
        counts[city] += 1


station = context.socket(zmq.XPUB)
station.bind("inproc://weather")
listeners = [threading.Thread(target=listen, args=[city]) for city in ["oslo", "rome"]]
for listener in listeners:
    listener.start()
# What is sent before a subscription has arrived is lost: the first "end", and two cities.
for _ in range(3):
    station.recv()
for day in range(1, 6):
    for city in ["oslo", "rome", "kyiv"]:
        station.send_string(f"{city} {day}")
station.send_string("end")
for listener in listeners:
    listener.join()
for city in ["oslo", "rome"]:
    print(city, counts[city])
