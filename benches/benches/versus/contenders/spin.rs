//! spin: nobody sleeps. With several threads its mutex yields; its barrier takes part both ways.

use crate::book::Rows;
use crate::contract::{Barrier, Lock};
use crate::rows::{barrier, lock};
use gimmal_benches::tally::Tally;
use spin::mutex::SpinMutex;
use spin::relax::{RelaxStrategy, Spin, Yield};

impl<R: RelaxStrategy + 'static> Lock for SpinMutex<Tally, R> {
    fn build() -> Self {
        Self::new(Tally::default())
    }
    #[inline]
    fn with<T>(&self, body: impl FnOnce(&mut Tally) -> T) -> Option<T> {
        Some(body(&mut self.lock()))
    }
}

impl<R: RelaxStrategy + 'static> Barrier for spin::barrier::Barrier<R> {
    fn build(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> bool {
        self.wait().is_leader()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    lock::enter_alone::<SpinMutex<Tally, Spin>>(book, "spin Mutex");
    lock::enter_threads::<SpinMutex<Tally, Yield>>(book, "spin Mutex (yield)");
    barrier::enter::<spin::barrier::Barrier<Yield>>(book, barrier::SPIN_YIELD);
    barrier::enter::<spin::barrier::Barrier<Spin>>(book, "spin Barrier");
}
