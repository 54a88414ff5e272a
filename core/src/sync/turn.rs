//! L4: [`Turn`], what a party gets when the barrier trips.

#![forbid(unsafe_code)]

/// The place of a party in its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    index: usize,
    leader: bool,
}

impl Turn {
    pub(super) fn of(index: usize, leader: bool) -> Self {
        Turn { index, leader }
    }

    /// Returns the party's number, from 0 to the number of parties less one, in arrival order.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Barrier;
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = Barrier::new(1);
    /// assert_eq!(barrier.wait().await.unwrap().index(), 0);
    /// # });
    /// ```
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns `true` for exactly one party of each generation: the one that came last and ran the
    /// action.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Barrier;
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = Barrier::new(1);
    /// assert!(barrier.wait().await.unwrap().is_leader());
    /// # });
    /// ```
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}
