//! Encrypted wires between two sockets of this library, and keys as texts. Beside other libraries: `interop.rs`.
#![cfg(feature = "curve")]

mod kit;

use std::time::Instant;

use gimmal::Message;
use gimmal::net::{
    CurveKeys, CurvePublicKey, InvalidKey, Security, WireError, WireEvent, WireOptions,
};
use gimmal::socket::What;

use kit::{LONG, SHORT, bounded, small};

#[test]
fn messages_cross_an_encrypted_wire_in_both_directions() {
    bounded(|| {
        let (server, client) = (CurveKeys::generate(), CurveKeys::generate());
        let (here, there) = (small().build(), small().build());
        let known = client.public().to_bytes();
        let guard = move |peer: &gimmal::net::Client| peer.public_key == known;
        let mut rep = here.rep().unwrap();
        rep.set_wire(WireOptions::new().security(Security::curve_server(server.clone(), guard)));
        rep.bind("tcp://127.0.0.1:*").unwrap();
        let mut req = there.req().unwrap();
        req.set_wire(WireOptions::new().security(Security::curve_client(client, server.public())));
        req.connect(&rep.last_endpoint().unwrap()).unwrap();
        // No bytes, one frame and many, and more than a packet of the cipher.
        for len in [0, 1, 255, 256, 70_000] {
            let question = Message::from_frames([vec![1; len], vec![], vec![2; len]]);
            req.send(question.clone()).unwrap();
            assert_eq!(rep.recv().unwrap(), question);
            rep.send(vec![3; len]).unwrap();
            assert_eq!(req.recv().unwrap(), vec![3; len]);
        }
    });
}

#[test]
fn a_message_of_too_many_frames_ends_an_encrypted_wire() {
    bounded(|| {
        let (server, client) = (CurveKeys::generate(), CurveKeys::generate());
        let (here, there) = (small().build(), small().build());
        let events = here.events(16);
        let mut pull = here.pull().unwrap();
        let anybody = Security::curve_server(server.clone(), |_| true);
        pull.set_wire(WireOptions::new().security(anybody).max_frames(3));
        pull.bind("tcp://127.0.0.1:*").unwrap();
        let mut push = there.push().unwrap();
        let right = Security::curve_client(client, server.public());
        push.set_wire(WireOptions::new().security(right).reconnect(SHORT, SHORT));
        push.connect(&pull.last_endpoint().unwrap()).unwrap();
        let allowed = Message::from(["1", "2", "3"]);
        push.send(allowed.clone()).unwrap();
        assert_eq!(pull.recv_timeout(LONG).unwrap(), allowed);
        push.send(["1", "2", "3", "4"]).unwrap();
        let why = loop {
            let event = events.recv_timeout(LONG).unwrap().what;
            if let What::Wire(WireEvent::Disconnected { why, .. }) = event {
                break why;
            }
        };
        assert_eq!(why, WireError::TooManyFrames);
        // It connects again, and is served.
        while pull.try_recv().is_err() {
            push.send(allowed.clone()).unwrap();
            std::thread::sleep(SHORT);
        }
    });
}

#[test]
fn subscriptions_cross_an_encrypted_wire_and_only_what_is_wanted_comes_back() {
    bounded(|| {
        let (server, client) = (CurveKeys::generate(), CurveKeys::generate());
        let (here, there) = (small().build(), small().build());
        let mut publish = here.publish().unwrap();
        let anybody = Security::curve_server(server.clone(), |_| true);
        publish.set_wire(WireOptions::new().security(anybody));
        publish.bind("tcp://127.0.0.1:*").unwrap();
        let mut subscribe = there.subscribe().unwrap();
        let right = Security::curve_client(client, server.public());
        subscribe.set_wire(WireOptions::new().security(right));
        subscribe.subscribe(b"warm").unwrap();
        subscribe
            .connect(&publish.last_endpoint().unwrap())
            .unwrap();
        // The first ones go before it is known here that anybody wants them.
        let end = Instant::now() + LONG;
        let first = loop {
            publish.send("cold").unwrap();
            publish.send("warm and dry").unwrap();
            if let Ok(first) = subscribe.recv_timeout(SHORT) {
                break first;
            }
            assert!(Instant::now() < end, "it is never subscribed to");
        };
        assert_eq!(first, "warm and dry");
        publish.send("cold again").unwrap();
        publish.send("warm and wet").unwrap();
        let mut next = || subscribe.recv_timeout(LONG).unwrap();
        loop {
            match next() {
                message if message == "warm and wet" => break,
                message => assert_eq!(message, "warm and dry"),
            }
        }
    });
}

#[test]
fn who_takes_another_server_for_this_one_is_refused() {
    bounded(|| {
        let (server, client) = (CurveKeys::generate(), CurveKeys::generate());
        let (here, there) = (small().build(), small().build());
        let events = here.events(16);
        let pull = here.pull().unwrap();
        let anybody = Security::curve_server(server, |_| true);
        pull.set_wire(WireOptions::new().security(anybody));
        pull.bind("tcp://127.0.0.1:*").unwrap();
        let push = there.push().unwrap();
        let another = CurveKeys::generate().public();
        push.set_wire(WireOptions::new().security(Security::curve_client(client, another)));
        push.connect(&pull.last_endpoint().unwrap()).unwrap();
        loop {
            let event = events.recv_timeout(LONG).unwrap();
            if matches!(event.what, What::Wire(WireEvent::Refused { .. })) {
                break;
            }
        }
    });
}

#[test]
fn keys_are_read_from_the_texts_that_they_are_written_as() {
    let keys = CurveKeys::generate();
    let same = CurveKeys::from_secret_z85(&keys.secret_z85()).unwrap();
    assert_eq!(same.public(), keys.public());
    assert_eq!(same.secret_z85(), keys.secret_z85());
    let text = keys.public().to_z85();
    assert_eq!(CurvePublicKey::from_z85(&text), Ok(keys.public()));
    // Too short, too long, and with a character that Z85 does not have.
    for wrong in [
        &text[1..],
        &format!("{text}0"),
        &text.replace(|_| true, "~"),
    ] {
        assert_eq!(CurvePublicKey::from_z85(wrong), Err(InvalidKey));
        assert_eq!(CurveKeys::from_secret_z85(wrong).err(), Some(InvalidKey));
    }
    assert_eq!(InvalidKey.to_string(), "a key is 40 characters of Z85");
    assert_ne!(CurveKeys::generate().public(), keys.public());
}
