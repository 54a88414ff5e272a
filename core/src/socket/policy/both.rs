//! L6: two policies that know nothing of each other, one for each direction.

#![forbid(unsafe_code)]

use super::sealed::Sealed;
use super::{Collect, Distribute, Policy, Unsent};
use crate::error::socket::{RecvError, SendReason};
use crate::socket::peer::Candidates;
use crate::socket::pipe::{In, Out};

impl<O: Sealed, I: Sealed> Sealed for (O, I) {}

impl<O: Policy, I: Policy> Policy for (O, I) {
    const SENDS: bool = O::SENDS;
    const RECEIVES: bool = I::RECEIVES;
}

impl<T, O: Distribute<T>, I: Policy> Distribute<T> for (O, I) {
    type Item = O::Item;

    #[inline(always)]
    fn message(item: O::Item) -> T {
        O::message(item)
    }

    #[inline(always)]
    fn prepare(&mut self, from: &mut Candidates<'_, T, In>) {
        self.0.prepare(from);
    }

    #[inline(always)]
    fn send(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        item: O::Item,
    ) -> Result<(), Unsent<O::Item>> {
        self.0.send(peers, item)
    }

    #[inline(always)]
    fn send_again(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        item: O::Item,
    ) -> Result<(), Unsent<O::Item>> {
        self.0.send_again(peers, item)
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        self.0.has_room(peers)
    }
}

impl<T, O: Policy, I: Collect<T>> Collect<T> for (O, I) {
    type Item = I::Item;

    #[inline(always)]
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<I::Item> {
        self.1.recv(peers)
    }

    #[inline(always)]
    fn recv_again(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<I::Item> {
        self.1.recv_again(peers)
    }

    #[inline(always)]
    fn refusal(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<RecvError> {
        self.1.refusal(peers)
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        self.1.has_message(peers)
    }
}
