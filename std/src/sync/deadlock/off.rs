//! Nothing: what the watch of a lock is without feature `deadlock-help`.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;

/// Nothing beside a lock.
#[derive(Default)]
pub(crate) struct Watch;

/// Nobody knows.
pub(crate) enum Holder {}

impl fmt::Display for Holder {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Watch {
    pub(crate) const fn new() -> Self {
        Watch
    }

    #[inline(always)]
    pub(crate) fn here(&self) -> Site<'_> {
        Site(PhantomData)
    }

    #[inline(always)]
    pub(crate) fn let_go(&self) {}

    #[inline(always)]
    pub(crate) fn holder(&self) -> Option<Holder> {
        None
    }
}

/// No line.
#[derive(Clone, Copy)]
pub(crate) struct Site<'l>(PhantomData<&'l ()>);

impl<'l> Site<'l> {
    #[inline(always)]
    pub(crate) fn may_block(self) {}

    #[inline(always)]
    pub(crate) fn note(self) {}

    #[inline(always)]
    pub(crate) fn hold(self) -> Held<'l> {
        Held(self)
    }
}

/// Nothing in a guard.
pub(crate) struct Held<'l>(Site<'l>);

impl<'l> Held<'l> {
    #[inline(always)]
    pub(crate) fn let_go(self) -> Site<'l> {
        self.0
    }
}
