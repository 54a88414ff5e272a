//! What a poller says of a socket, beside what the next call does: for each pattern, in each state that its peers can bring it
//! into. The tests of both crates play these scenes. A file that has this one as a module has in scope `Poller`, `Readiness`,
//! `RecvError`, `SendReason`, `WhenFull`, and a function `context`, whose links hold four messages.
//!
//! | the call | what the poller said before it |
//! |---|---|
//! | is done | ready |
//! | would have to wait | nothing |
//! | is out of turn | nothing, or ended if the other call fails for good |
//! | fails however long one waits | ended |

/// A send, and what was said before it.
macro_rules! send {
    ($socket:expr, $seen:expr) => {{
        let said = Poller::new([$socket.writable()]).try_poll().of(0);
        let done = $socket.try_send("a message").map_err(|error| error.reason);
        let expected = match done {
            Ok(()) => Readiness::WRITABLE,
            Err(SendReason::Full) => Readiness::NONE,
            Err(SendReason::WrongTurn) if said != Readiness::ENDED => Readiness::NONE,
            Err(_) => Readiness::ENDED,
        };
        assert_eq!(said, expected, "{done:?} after {:?}", $seen);
        $seen.push(said);
        done
    }};
}

/// A receive, and what was said before it.
macro_rules! recv {
    ($socket:expr, $seen:expr) => {{
        let said = Poller::new([$socket.readable()]).try_poll().of(0);
        let done = $socket.try_recv();
        let expected = match done {
            Ok(_) => Readiness::READABLE,
            Err(RecvError::Empty) => Readiness::NONE,
            Err(RecvError::WrongTurn) if said != Readiness::ENDED => Readiness::NONE,
            Err(_) => Readiness::ENDED,
        };
        assert_eq!(said, expected, "{done:?} after {:?}", $seen);
        $seen.push(said);
        done
    }};
}

/// Sends until nothing more is taken, a hundred at most.
macro_rules! fill {
    ($socket:expr, $seen:expr) => {
        (0..100)
            .take_while(|_| send!($socket, $seen).is_ok())
            .count()
    };
}

/// Receives until nothing more is there.
macro_rules! drain {
    ($socket:expr, $seen:expr) => {
        (0..100)
            .take_while(|_| recv!($socket, $seen).is_ok())
            .count()
    };
}

/// An open socket, with which this was done.
macro_rules! open {
    ($context:expr, $pattern:ident, [$($done:tt)*]) => {{
        #[allow(unused_mut)]
        let mut socket = $context.$pattern().unwrap();
        let _ = &socket $($done)*;
        socket
    }};
}

/// Scenes of a socket that sends: its pattern and the pattern of its peers, with what is done with each when it is opened;
/// and what is said in the course of the scenes.
macro_rules! sends {
    ($own:ident $done:tt to $peer:ident $ready:tt, $peers:literal at once, $all:expr) => {{
        let mut seen = Vec::new();
        // It binds, its peers come and go.
        let context = self::context();
        let mut socket = open!(context, $own, $done);
        fill!(socket, seen);
        socket.bind("inproc://x").unwrap();
        fill!(socket, seen);
        let mut first = open!(context, $peer, $ready);
        first.connect("inproc://x").unwrap();
        fill!(socket, seen);
        for _ in 0..3 {
            first.try_recv().unwrap();
            fill!(socket, seen);
        }
        if $peers > 1 {
            let mut second = open!(context, $peer, $ready);
            second.connect("inproc://x").unwrap();
            fill!(socket, seen);
            let _ = (first.try_recv(), second.try_recv());
            fill!(socket, seen);
            // One that goes with room, one that goes while it is full.
            let _ = second.try_recv();
            drop(second);
            fill!(socket, seen);
        }
        drop(first);
        fill!(socket, seen);
        let last = open!(context, $peer, $ready);
        last.connect("inproc://x").unwrap();
        fill!(socket, seen);
        drop(last);
        socket.unbind("inproc://x").unwrap();
        fill!(socket, seen);

        // It connects first, and its peer binds, goes away full and comes again.
        let mut socket = open!(context, $own, $done);
        for _ in 0..2 {
            socket.connect("inproc://later").unwrap();
            fill!(socket, seen);
            let mut peer = open!(context, $peer, $ready);
            peer.bind("inproc://later").unwrap();
            fill!(socket, seen);
            let _ = peer.try_recv();
            fill!(socket, seen);
            drop(peer);
            fill!(socket, seen);
        }

        // A full peer goes beside one with room, and one with room beside a full one.
        if $peers > 1 {
            for goes in [0, 1] {
                let mut socket = open!(context, $own, $done);
                socket.bind("inproc://both").unwrap();
                let mut peers: Vec<_> = (0..2)
                    .map(|_| {
                        let peer = open!(context, $peer, $ready);
                        peer.connect("inproc://both").unwrap();
                        peer
                    })
                    .collect();
                fill!(socket, seen);
                peers[1].try_recv().unwrap();
                drop(peers.swap_remove(goes));
                fill!(socket, seen);
            }
        }

        // The context ends, while there is room and while there is none.
        for fills in [false, true] {
            let context = self::context();
            let mut socket = open!(context, $own, $done);
            socket.bind("inproc://x").unwrap();
            let peer = open!(context, $peer, $ready);
            peer.connect("inproc://x").unwrap();
            if fills {
                fill!(socket, seen);
            }
            context.shutdown();
            assert!(send!(socket, seen).is_err());
        }
        for said in [Readiness::WRITABLE, Readiness::NONE, Readiness::ENDED] {
            let expected = $all.contains(&said);
            assert_eq!(seen.contains(&said), expected, "{said:?}");
        }
    }};
}

/// Scenes of a socket that receives.
macro_rules! receives {
    ($own:ident $done:tt from $peer:ident, $peers:literal at once) => {{
        let mut seen = Vec::new();
        // It binds, its peers come and go.
        let context = self::context();
        let mut socket = open!(context, $own, $done);
        assert_eq!(drain!(socket, seen), 0);
        socket.bind("inproc://x").unwrap();
        assert_eq!(drain!(socket, seen), 0);
        let mut first = open!(context, $peer, []);
        first.connect("inproc://x").unwrap();
        assert_eq!(drain!(socket, seen), 0);
        for messages in [1, 4, 2] {
            (0..messages).for_each(|_| first.try_send("a message").unwrap());
            assert_eq!(drain!(socket, seen), messages);
        }
        if $peers > 1 {
            let mut second = open!(context, $peer, []);
            second.connect("inproc://x").unwrap();
            first.try_send("a message").unwrap();
            (0..3).for_each(|_| second.try_send("a message").unwrap());
            assert_eq!(drain!(socket, seen), 4);
            // One goes with something unread, one with nothing.
            second.try_send("a message").unwrap();
            drop(second);
            assert_eq!(drain!(socket, seen), 1);
        }
        drop(first);
        assert_eq!(drain!(socket, seen), 0);
        let mut last = open!(context, $peer, []);
        last.connect("inproc://x").unwrap();
        last.try_send("a message").unwrap();
        drop(last);
        socket.unbind("inproc://x").unwrap();
        assert_eq!(drain!(socket, seen), 1);

        // It connects first, and its peer binds, goes away and comes again.
        let mut socket = open!(context, $own, $done);
        for _ in 0..2 {
            socket.connect("inproc://later").unwrap();
            assert_eq!(drain!(socket, seen), 0);
            let mut peer = open!(context, $peer, []);
            peer.bind("inproc://later").unwrap();
            assert_eq!(drain!(socket, seen), 0);
            peer.try_send("a message").unwrap();
            drop(peer);
            assert_eq!(drain!(socket, seen), 1);
        }

        // The context ends, with something unread and with nothing.
        for messages in [0, 3] {
            let context = self::context();
            let mut socket = open!(context, $own, $done);
            socket.bind("inproc://x").unwrap();
            let mut peer = open!(context, $peer, []);
            peer.connect("inproc://x").unwrap();
            (0..messages).for_each(|_| peer.try_send("a message").unwrap());
            context.shutdown();
            assert_eq!(drain!(socket, seen), messages);
        }
        for said in [Readiness::READABLE, Readiness::NONE, Readiness::ENDED] {
            assert!(seen.contains(&said), "{said:?}");
        }
    }};
}

/// Whoever is full and wants nothing any more holds a lossless Publish up no longer, and a message that it does not want is
/// nothing to read.
macro_rules! changes_subscriptions {
    () => {{
    let mut seen = Vec::new();
    let context = self::context();
    let mut publish = open!(context, publish, [.set_when_full(WhenFull::Wait)]);
    publish.bind("inproc://x").unwrap();
    let [mut full, mut quick] = [(); 2].map(|()| {
        let subscribe = open!(context, subscribe, [.subscribe("a").unwrap()]);
        subscribe.connect("inproc://x").unwrap();
        subscribe
    });
    assert_eq!(fill!(publish, seen), 4);
    assert_eq!(drain!(quick, seen), 4);
    assert!(send!(publish, seen).is_err());
    full.unsubscribe("a").unwrap();
    assert_eq!(fill!(publish, seen), 4);
    // It has room again, and wants the messages again.
    assert_eq!((drain!(full, seen), drain!(quick, seen)), (4, 4));
    full.subscribe("another").unwrap();
    assert_eq!(fill!(publish, seen), 4);
    assert_eq!((drain!(full, seen), drain!(quick, seen)), (0, 4));
    full.subscribe("a message").unwrap();
    assert_eq!(fill!(publish, seen), 4);
    assert_eq!(drain!(quick, seen), 4);
    assert!(send!(publish, seen).is_err());
    assert!(full.try_recv().is_ok());
    assert_eq!(fill!(publish, seen), 1);
    assert_eq!(drain!(quick, seen), 1);
    drop(full);
    assert_eq!(fill!(publish, seen), 4);
    }};
}

/// Who asks: ready to send in its turn, to receive when the answer is there, and ended when nobody will give one.
macro_rules! asks {
    () => {{
        let mut seen = Vec::new();
        let context = self::context();
        let mut req = context.req().unwrap();
        assert!(send!(req, seen).is_err() && recv!(req, seen).is_err());
        let mut rep = context.rep().unwrap();
        rep.bind("inproc://x").unwrap();
        req.connect("inproc://x").unwrap();
        for _ in 0..3 {
            assert!(recv!(req, seen).is_err(), "it has to ask first");
            assert!(send!(req, seen).is_ok());
            assert!(send!(req, seen).is_err() && recv!(req, seen).is_err());
            rep.try_recv().unwrap();
            assert!(send!(req, seen).is_err() && recv!(req, seen).is_err());
            rep.try_send("an answer").unwrap();
            assert!(send!(req, seen).is_err() && recv!(req, seen).is_ok());
        }
        // Its peer goes: after the answer, before it, and before the question.
        assert!(send!(req, seen).is_ok());
        rep.try_recv().unwrap();
        rep.try_send("an answer").unwrap();
        drop(rep);
        assert!(recv!(req, seen).is_ok() && recv!(req, seen).is_err() && send!(req, seen).is_err());
        let rep = context.rep().unwrap();
        rep.bind("inproc://x").unwrap();
        req.connect("inproc://x").unwrap();
        assert!(send!(req, seen).is_ok());
        drop(rep);
        assert!(recv!(req, seen).is_err());
        assert_eq!(seen.last(), Some(&Readiness::ENDED));
        assert!(send!(req, seen).is_err());
        // A question before the bind, and the end of the context.
        req.connect("inproc://later").unwrap();
        assert!(send!(req, seen).is_ok() && recv!(req, seen).is_err());
        context.shutdown();
        assert!(recv!(req, seen).is_err() && send!(req, seen).is_err());
        assert_eq!(seen.last(), Some(&Readiness::ENDED));
    }};
}

/// Who answers: ready to receive in its turn, and to send when it has a question.
macro_rules! answers {
    () => {{
        let mut seen = Vec::new();
        let context = self::context();
        let mut rep = context.rep().unwrap();
        assert!(send!(rep, seen).is_err() && recv!(rep, seen).is_err());
        rep.bind("inproc://x").unwrap();
        let [mut req, mut other] = [(); 2].map(|()| {
            let req = context.req().unwrap();
            req.connect("inproc://x").unwrap();
            req
        });
        for _ in 0..3 {
            req.try_send("a question").unwrap();
            other.try_send("another").unwrap();
            for _ in 0..2 {
                assert!(send!(rep, seen).is_err(), "it has to hear first");
                assert!(recv!(rep, seen).is_ok());
                assert!(recv!(rep, seen).is_err());
                assert!(send!(rep, seen).is_ok());
            }
            assert!(send!(rep, seen).is_err() && recv!(rep, seen).is_err());
            assert!(req.try_recv().is_ok() && other.try_recv().is_ok());
        }
        // Who has asked goes before the answer; the other one is heard.
        req.try_send("a question").unwrap();
        assert!(recv!(rep, seen).is_ok());
        drop(req);
        assert!(send!(rep, seen).is_err());
        other.try_send("another").unwrap();
        assert!(recv!(rep, seen).is_ok() && send!(rep, seen).is_ok());
        drop(other);
        assert!(recv!(rep, seen).is_err());
        rep.unbind("inproc://x").unwrap();
        assert!(recv!(rep, seen).is_err() && send!(rep, seen).is_err());
        context.shutdown();
        assert!(recv!(rep, seen).is_err() && send!(rep, seen).is_err());
        assert_eq!(seen.last(), Some(&Readiness::ENDED));
    }};
}
