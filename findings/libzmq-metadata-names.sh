#!/usr/bin/env bash
# libzmq 4.3.5 by pyzmq 27.3.0: what a received frame tells about its sender.
#
# guess: the manual of zmq_msg_gets lists "Socket-Type" and "Routing-Id", with "Identity" as the old
#        name of the latter, and "Peer-Address" as the peer's IP address where there is one. So on
#        tcp and ipc both names give what the peer has set. inproc has nothing.
# seen:  "Routing-Id" is EINVAL everywhere; only the deprecated "Identity" works. It is what the peer
#        has set: empty for a peer that the ROUTER has named itself. On ipc the address is
#        "localhost:" and three numbers: the user, group and process of the peer.
# why:   the peer's handshake carries a property called "Identity", and that is the key that is kept.
#        The alias works in one direction only: who asks for the old name is sent on to the new one
#        if the old is missing. Nothing is ever stored under the new one. inproc has no handshake.
# for a user: ask for "Identity", and expect "" there. A program that logs addresses meets another
#        form on ipc. Do not use any of it to tell inproc peers apart.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet pyzmq==27.3.0
cat >main.py <<'EOF'
import errno
import os

import zmq

context = zmq.Context()


def told(frame, name):
    try:
        value = frame.get(name)
    except zmq.ZMQError as error:
        return errno.errorcode[error.errno]
    me = f"{os.getuid()}:{os.getgid()}:{os.getpid()}"
    return repr(value.replace(me, "user:group:process"))


for address in ["tcp://127.0.0.1:*", "ipc://socket", "inproc://name"]:
    for identity in [b"me", None]:
        router, dealer = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        router.linger = dealer.linger = 0
        router.rcvtimeo = 5000
        router.bind(address)
        if identity:
            dealer.identity = identity
        dealer.connect(router.last_endpoint)
        dealer.send(b"")
        _, frame = router.recv_multipart(copy=False)
        print(f"{address.split(':')[0]}, identity {identity}")
        for name in ["Routing-Id", "Identity", "Socket-Type", "Peer-Address"]:
            print(f"  {name:12} {told(frame, name)}")
        router.close()
        dealer.close()
context.term()
EOF
cat >expected <<'EOF'
tcp, identity b'me'
  Routing-Id   EINVAL
  Identity     'me'
  Socket-Type  'DEALER'
  Peer-Address '127.0.0.1'
tcp, identity None
  Routing-Id   EINVAL
  Identity     ''
  Socket-Type  'DEALER'
  Peer-Address '127.0.0.1'
ipc, identity b'me'
  Routing-Id   EINVAL
  Identity     'me'
  Socket-Type  'DEALER'
  Peer-Address 'localhost:user:group:process'
ipc, identity None
  Routing-Id   EINVAL
  Identity     ''
  Socket-Type  'DEALER'
  Peer-Address 'localhost:user:group:process'
inproc, identity b'me'
  Routing-Id   EINVAL
  Identity     EINVAL
  Socket-Type  EINVAL
  Peer-Address EINVAL
inproc, identity None
  Routing-Id   EINVAL
  Identity     EINVAL
  Socket-Type  EINVAL
  Peer-Address EINVAL
EOF
timeout 60 env/bin/python main.py >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
