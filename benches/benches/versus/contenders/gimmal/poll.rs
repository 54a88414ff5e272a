//! The facade's poller and select, over its channel and over sockets.

use super::channels::Many;
use super::sockets::Numbers;
use crate::book::Rows;
use crate::rows::ours::{CHANNEL, SOCKETS};
use crate::rows::poll::{AnyOfEight, CHANNELS, enter as enter_row};
use gimmal::Pull;
use gimmal::channel::Receiver;
use gimmal::poll::{Poller, Selected8, select};

struct Polled;
struct Selected;

impl AnyOfEight for Polled {
    type Channel = Many;

    #[inline]
    fn receive(
        receivers: &mut [Receiver<u64>; CHANNELS],
        n: u64,
        mut each: impl FnMut(Option<u64>),
    ) {
        let mut poller = Poller::new(receivers.each_ref().map(Receiver::readable));
        for _ in 0..n {
            let ready = poller.poll();
            let first = ready.iter().next();
            each(first.and_then(|(index, _)| receivers[index].try_recv().ok()));
        }
    }
}

/// Receives from any of eight, in one operation each time.
macro_rules! selected {
    ($name:ident, $channel:ident, $receiver:ident) => {
        impl AnyOfEight for $name {
            type Channel = $channel;

            #[inline]
            fn receive(
                receivers: &mut [$receiver<u64>; CHANNELS],
                n: u64,
                mut each: impl FnMut(Option<u64>),
            ) {
                let [a, b, c, d, e, f, g, h] = receivers;
                for _ in 0..n {
                    let any = select((
                        a.receiving(),
                        b.receiving(),
                        c.receiving(),
                        d.receiving(),
                        e.receiving(),
                        f.receiving(),
                        g.receiving(),
                        h.receiving(),
                    ));
                    let (Selected8::First(number, ..)
                    | Selected8::Second(number, ..)
                    | Selected8::Third(number, ..)
                    | Selected8::Fourth(number, ..)
                    | Selected8::Fifth(number, ..)
                    | Selected8::Sixth(number, ..)
                    | Selected8::Seventh(number, ..)
                    | Selected8::Eighth(number, ..)) = any.wait();
                    each(number.ok());
                }
            }
        }
    };
}

selected!(Selected, Many, Receiver);
selected!(SelectedSockets, Numbers, Pull);

/// A socket is borrowed by its poller: there is a new one for each look.
struct PolledSockets;
struct SelectedSockets;

impl AnyOfEight for PolledSockets {
    type Channel = Numbers;

    #[inline]
    fn receive(receivers: &mut [Pull<u64>; CHANNELS], n: u64, mut each: impl FnMut(Option<u64>)) {
        for _ in 0..n {
            let ready = Poller::new(receivers.each_mut().map(|one| one.readable())).poll();
            let first = ready.iter().next();
            each(first.and_then(|(index, _)| receivers[index].try_recv().ok()));
        }
    }
}

pub(crate) fn enter(book: &mut Rows) {
    enter_row::<Polled>(book, "poll/8-one-ready", CHANNEL);
    enter_row::<PolledSockets>(book, "poll/8-one-ready", SOCKETS);
    enter_row::<Selected>(book, "select/8-one-ready", CHANNEL);
    enter_row::<SelectedSockets>(book, "select/8-one-ready", SOCKETS);
}
