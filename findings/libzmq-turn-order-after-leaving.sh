#!/usr/bin/env bash
# libzmq 4.3.5 by pyzmq 27.3.0: whose turn it is after one of a PUSH socket's peers has left.
#
# guess: PUSH sends to A B C D E in turn, in the order in which they were connected. If one leaves,
#        the others keep their order and the turn goes on where it was. PULL takes from its peers
#        the same way.
# seen:  the last peer takes the place of the one that left. Without A the turn is E B C D, without
#        B it is A E C D. If B leaves when C is next, it is C D A E: the last, who was to be third, is
#        now fourth. Without A and B it is E D C. PULL does the same.
# why:   the peers with room stand at the front of an array. Removing one swaps it with the last of
#        these: cheap, and the order is nobody's promise. A peer that is full and then has room
#        again goes through the same swaps.
# for a user: round robin means that the counts are even, within one, over whole rounds without
#        changes. It does not say who is next.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet pyzmq==27.3.0
cat >main.py <<'EOF'
import zmq

context = zmq.Context()
names = iter(range(1000))


def socket(kind):
    made = context.socket(kind)
    made.linger = 0
    made.rcvtimeo = made.sndtimeo = 5000
    return made


def peers(first, second):
    """A socket of the first kind, and five of the second that it is connected to, in order."""
    one, others = socket(first), {}
    for name in "ABCDE":
        address = f"inproc://{name}{next(names)}"
        others[name] = socket(second), address
        others[name][0].bind(address)
        one.connect(address)
    return one, others


def close(one, others):
    for made in [one, *(other for other, _ in others.values())]:
        made.close()


def pushed(before, leaves):
    """Who gets the messages of a PUSH, after `before` were sent and `leaves` has left."""
    push, pulls = peers(zmq.PUSH, zmq.PULL)

    def send():
        push.send(b"")
        [got] = [name for name, (pull, _) in pulls.items() if pull.poll(0)]
        pulls[got][0].recv()
        return got

    first = "".join(send() for _ in range(before))
    for name in leaves:
        push.disconnect(pulls[name][1])
        # What was asked for is done when the socket is next used, and the peer has agreed.
        while pulls[name][0].poll(0) or push.poll(0, zmq.POLLIN):
            pass
    then = "".join(send() for _ in range(10))
    close(push, pulls)
    return f"{first:4} {then}"


def pulled(leaves):
    """From whom a PULL takes that has many messages of each, after `leaves` has left."""
    pull, pushes = peers(zmq.PULL, zmq.PUSH)
    for name, (push, _) in pushes.items():
        if name not in leaves:
            for _ in range(4):
                push.send(name.encode())
    for name in leaves:
        pull.disconnect(pushes[name][1])
        pushes[name][0].poll(0, zmq.POLLOUT)
    order = "".join(pull.recv().decode() for _ in range(10))
    close(pull, pushes)
    return order


for before, leaves in [
    *[(0, ""), (0, "A"), (0, "B"), (0, "E"), (0, "AB")],
    *[(2, "A"), (2, "B"), (2, "C"), (4, "A")],
]:
    print(f"PUSH without {leaves or '-':2}: {pushed(before, leaves)}")
for leaves in ["", "A", "B", "AB"]:
    print(f"PULL without {leaves or '-':2}: {pulled(leaves)}")
context.term()
EOF
cat >expected <<'EOF'
PUSH without - :      ABCDEABCDE
PUSH without A :      EBCDEBCDEB
PUSH without B :      AECDAECDAE
PUSH without E :      ABCDABCDAB
PUSH without AB:      EDCEDCEDCE
PUSH without A : AB   CDEBCDEBCD
PUSH without B : AB   CDAECDAECD
PUSH without C : AB   EDABEDABED
PUSH without A : ABCD EBCDEBCDEB
PULL without - : ABCDEABCDE
PULL without A : EBCDEBCDEB
PULL without B : AECDAECDAE
PULL without AB: EDCEDCEDCE
EOF
timeout 60 env/bin/python main.py >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
