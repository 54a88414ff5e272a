//! Dealer and Router: identities, messages to the peer that is named, and dead before full.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{IdentityError, RecvError, SendError, SendReason};
use gimmal_core::socket::{Dealer, Identity, Router};
use kit::wait;

type Six = Context<u32, 6, 12, 4>;

fn office(context: &Six, dealers: usize) -> (Router<'_, u32>, Vec<Dealer<'_, u32>>) {
    let router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let connected = (0..dealers).map(|_| {
        let dealer = context.dealer().unwrap();
        dealer.connect("inproc://office").unwrap();
        dealer
    });
    (router, connected.collect())
}

fn refused(sent: Result<(), SendError<u32>>) -> (SendReason, u32) {
    let error = sent.unwrap_err();
    (error.reason, error.into_inner())
}

#[test]
fn a_peer_is_known_when_its_connect_returns() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 4);
    for (number, dealer) in dealers.iter().enumerate() {
        router
            .try_send_to(dealer.identity(), number as u32)
            .unwrap();
    }
    for (number, dealer) in dealers.iter_mut().enumerate() {
        assert_eq!(dealer.try_recv(), Ok(number as u32));
        assert_eq!(
            dealer.try_recv(),
            Err(RecvError::Empty),
            "the others' go to the others"
        );
    }
}

#[test]
fn identities_differ_also_from_those_of_sockets_that_have_gone() {
    let context = Six::new();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let pair = [context.dealer().unwrap(), context.dealer().unwrap()];
        for dealer in &pair {
            assert!(!seen.contains(&dealer.identity()));
            assert_eq!(dealer.identity().number(), None);
            seen.push(dealer.identity());
        }
    }
}

#[test]
fn messages_say_whom_they_are_from_one_of_each_in_turn() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 3);
    for dealer in &mut dealers {
        (0..4).for_each(|number| dealer.try_send(number).unwrap());
    }
    let names: Vec<Identity> = dealers.iter().map(Dealer::identity).collect();
    for round in 0..4 {
        let mut heard: Vec<(Identity, u32)> = (0..3).map(|_| router.try_recv().unwrap()).collect();
        heard.sort();
        let mut expected: Vec<(Identity, u32)> = names.iter().map(|name| (*name, round)).collect();
        expected.sort();
        assert_eq!(heard, expected, "one of each in every round");
    }
}

#[test]
fn an_unknown_peer_gives_the_message_back_and_so_does_one_that_has_gone() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 2);
    assert_eq!(
        refused(router.try_send_to(Identity::new(9), 1)),
        (SendReason::Unreachable, 1)
    );
    let gone = dealers.remove(0);
    let identity = gone.identity();
    router.try_send_to(identity, 2).unwrap();
    gone.close();
    assert_eq!(
        refused(router.try_send_to(identity, 3)),
        (SendReason::Unreachable, 3)
    );
    assert_eq!(
        wait(router.send_to(identity, 4)).map_err(|e| e.reason),
        Err(SendReason::Unreachable)
    );
    router.try_send_to(dealers[0].identity(), 5).unwrap();
    assert_eq!(dealers[0].try_recv(), Ok(5));
}

#[test]
fn dead_wins_over_full() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 1);
    let identity = dealers[0].identity();
    (0..4).for_each(|number| router.try_send_to(identity, number).unwrap());
    assert_eq!(
        refused(router.try_send_to(identity, 4)),
        (SendReason::Full, 4)
    );
    assert_eq!(router.can_send(), Ok(false));
    drop(dealers.pop());
    assert_eq!(
        refused(router.try_send_to(identity, 4)),
        (SendReason::Unreachable, 4)
    );
}

#[test]
fn who_waits_for_room_is_told_when_the_peer_goes() {
    let context = Box::leak(Box::new(Six::new()));
    let (mut router, mut dealers) = office(context, 1);
    let identity = dealers[0].identity();
    (0..4).for_each(|number| router.try_send_to(identity, number).unwrap());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || wait(router.send_to(identity, 4)));
        let dealer = dealers.pop();
        std::thread::yield_now();
        drop(dealer);
        let error = waiting.join().unwrap().unwrap_err();
        assert_eq!((error.reason, error.value), (SendReason::Unreachable, 4));
    });
}

#[test]
fn one_full_peer_does_not_stop_the_others() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 2);
    let full = dealers[0].identity();
    (0..4).for_each(|number| router.try_send_to(full, number).unwrap());
    for number in 0..20 {
        assert_eq!(refused(router.try_send_to(full, 99)).0, SendReason::Full);
        router.try_send_to(dealers[1].identity(), number).unwrap();
        assert_eq!(dealers[1].try_recv(), Ok(number));
    }
}

#[test]
fn a_given_identity_is_refused_twice_and_free_at_the_close() {
    let context = Six::new();
    let (mut router, _) = office(&context, 0);
    let seven = Identity::new(7);
    for round in 0..10 {
        let mut worker = context.dealer().unwrap();
        worker.set_identity(seven).unwrap();
        let twin = context.dealer().unwrap();
        assert_eq!(twin.set_identity(seven), Err(IdentityError::InUse));
        assert_eq!(twin.identity().number(), None, "nothing has changed");
        worker.connect("inproc://office").unwrap();
        assert_eq!(
            worker.set_identity(Identity::new(8)),
            Err(IdentityError::Linked)
        );
        worker.try_send(round).unwrap();
        assert_eq!(router.try_recv(), Ok((seven, round)));
        // Opened anew it gets what is sent to the identity from now on, at once.
        router.try_send_to(seven, round).unwrap();
        assert_eq!(worker.try_recv(), Ok(round));
        router.try_send_to(seven, 1000).unwrap();
        worker.close();
        assert_eq!(
            refused(router.try_send_to(seven, 99)).0,
            SendReason::Unreachable
        );
    }
    assert_eq!(seven.number(), Some(7));
}

#[test]
fn an_automatic_identity_is_not_given_away() {
    let context = Six::new();
    let (_, dealers) = office(&context, 1);
    let thief = context.dealer().unwrap();
    assert_eq!(
        thief.set_identity(dealers[0].identity()),
        Err(IdentityError::Automatic)
    );
}

#[test]
fn what_a_closed_peer_has_sent_is_read_and_its_successor_is_answered() {
    let context = Six::new();
    let (mut router, _) = office(&context, 0);
    let seven = Identity::new(7);
    let mut first = context.dealer().unwrap();
    first.set_identity(seven).unwrap();
    first.connect("inproc://office").unwrap();
    first.try_send(1).unwrap();
    first.close();
    let mut second = context.dealer().unwrap();
    second.set_identity(seven).unwrap();
    second.connect("inproc://office").unwrap();
    second.try_send(2).unwrap();
    assert_eq!(
        [router.try_recv(), router.try_recv()],
        [Ok((seven, 1)), Ok((seven, 2))]
    );
    router.try_send_to(seven, 3).unwrap();
    assert_eq!(second.try_recv(), Ok(3));
}

#[test]
fn a_router_that_connects_knows_who_has_bound() {
    let context = Six::new();
    let mut router = context.router().unwrap();
    let mut dealer = context.dealer().unwrap();
    router.connect("inproc://later").unwrap();
    assert_eq!(
        refused(router.try_send_to(dealer.identity(), 1)).0,
        SendReason::Unreachable,
        "nobody has bound the name"
    );
    assert_eq!(router.can_send(), Ok(false));
    dealer.bind("inproc://later").unwrap();
    router.try_send_to(dealer.identity(), 2).unwrap();
    assert_eq!(dealer.try_recv(), Ok(2));
}

#[test]
fn two_routers_name_each_other() {
    let context = Six::new();
    let mut routers = [context.router().unwrap(), context.router().unwrap()];
    routers[0].bind("inproc://a").unwrap();
    routers[1].connect("inproc://a").unwrap();
    let [first, second] = [routers[0].identity(), routers[1].identity()];
    routers[0].try_send_to(second, 1).unwrap();
    routers[1].try_send_to(first, 2).unwrap();
    assert_eq!(routers[0].try_recv(), Ok((second, 2)));
    assert_eq!(routers[1].try_recv(), Ok((first, 1)));
}

#[test]
fn a_peer_with_two_links_has_the_room_of_both() {
    let context = Six::new();
    let (mut router, mut dealers) = office(&context, 1);
    dealers[0].connect("inproc://office").unwrap();
    let identity = dealers[0].identity();
    (0..8).for_each(|number| router.try_send_to(identity, number).unwrap());
    assert_eq!(refused(router.try_send_to(identity, 8)).0, SendReason::Full);
    dealers[0].disconnect("inproc://office").unwrap();
    router.try_send_to(identity, 8).unwrap_err();
    assert_eq!(
        dealers[0].try_recv(),
        Ok(4),
        "the older link is cut, with what was in it"
    );
    router.try_send_to(identity, 8).unwrap();
}

#[test]
fn a_req_is_answered_by_a_router() {
    let context = Six::new();
    let (mut router, _) = office(&context, 0);
    let mut reqs = [context.req().unwrap(), context.req().unwrap()];
    for (req, question) in reqs.iter_mut().zip([1, 2]) {
        req.connect("inproc://office").unwrap();
        req.try_send(question).unwrap();
    }
    let heard = [router.try_recv().unwrap(), router.try_recv().unwrap()];
    // In the other order: nobody has to wait for the other one's answer.
    for (who, question) in heard.into_iter().rev() {
        router.try_send_to(who, question * 10).unwrap();
    }
    assert_eq!(reqs.each_mut().map(|req| req.try_recv()), [Ok(10), Ok(20)]);
}

#[test]
#[should_panic(expected = "below 2^31")]
fn a_number_of_an_identity_has_31_bits() {
    let _ = Identity::new(1 << 31);
}

#[test]
fn a_routers_marks_are_its_own_like_everybodys() {
    let context = Six::new();
    let router = context.router().unwrap();
    router.set_send_hwm(1).unwrap();
    router.bind("inproc://office").unwrap();
    let dealer = context.dealer().unwrap();
    dealer.set_recv_hwm(1).unwrap();
    dealer.connect("inproc://office").unwrap();
    let mut router = router;
    (0..2).for_each(|number| router.try_send_to(dealer.identity(), number).unwrap());
    assert_eq!(
        refused(router.try_send_to(dealer.identity(), 2)).0,
        SendReason::Full
    );
}
