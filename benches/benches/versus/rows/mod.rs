//! The rows: what is done with the contenders, and what gimmal wants to reach there.

pub(crate) mod allocations;
pub(crate) mod barrier;
pub(crate) mod channel;
pub(crate) mod condition;
pub(crate) mod crowd;
pub(crate) mod event;
pub(crate) mod growth;
pub(crate) mod large;
pub(crate) mod loaded;
pub(crate) mod lock;
pub(crate) mod mpmc;
pub(crate) mod net;
pub(crate) mod pingpong;
pub(crate) mod pipeline;
pub(crate) mod poll;
pub(crate) mod pool;
pub(crate) mod queue;
pub(crate) mod recv_timeout;
pub(crate) mod semaphore;
pub(crate) mod signal;
pub(crate) mod sockets;
pub(crate) mod spsc;
pub(crate) mod stop;

use crate::args::Args;
use crate::book::Rows;
use core_affinity::CoreId;

/// How our contenders are called, so that goals can name them.
pub(crate) mod ours {
    pub(crate) const SPSC_RING: &str = "gimmal ring::spsc";
    pub(crate) const MPMC_RING: &str = "gimmal ring::mpmc";
    pub(crate) const EXACT_RING: &str = "gimmal ring::exact";
    pub(crate) const MPMC_RUNS: &str = "gimmal ring::mpmc (runs)";
    pub(crate) const SPSC_CHANNEL: &str = "gimmal channel::spsc";
    pub(crate) const CHANNEL: &str = "gimmal channel";
    pub(crate) const CHANNEL_MANY: &str = "gimmal channel (recv_many)";
    pub(crate) const SOCKETS: &str = "gimmal sockets";
    pub(crate) const SOCKETS_INSIDE: &str = "gimmal sockets (inproc)";
    pub(crate) const LOCK: &str = "gimmal Lock";
    pub(crate) const LATE_LOCK: &str = "gimmal Lock (lock_timeout)";
    pub(crate) const CORE_LOCK: &str = "gimmal core Lock (try_lock)";
    pub(crate) const SEMAPHORE: &str = "gimmal Semaphore";
    pub(crate) const EVENT: &str = "gimmal Event";
    pub(crate) const BARRIER: &str = "gimmal Barrier";
    pub(crate) const CONDITION: &str = "gimmal Condition";
    pub(crate) const QUEUE: &str = "gimmal Queue";
    pub(crate) const PRIORITY: &str = "gimmal PriorityQueue";
    pub(crate) const THREAD_POOL: &str = "gimmal ThreadPool";
    pub(crate) const TIMER: &str = "gimmal Timer";
    pub(crate) const RUNTIME: &str = "gimmal Runtime";
    /// Its threads block in the same as those of a program without a library.
    pub(crate) const RUNTIME_BY_HAND: &str = "gimmal Runtime (as by hand)";
}

/// All rows and curves, nobody in them yet.
pub(crate) fn empty_book(args: &Args) -> Rows {
    let rows = [
        spsc::rows(),
        mpmc::rows(),
        channel::rows(),
        large::rows(),
        queue::rows(),
        pingpong::rows(),
        pipeline::rows(),
        sockets::rows(),
        net::rows(),
        stop::rows(),
        recv_timeout::rows(),
        poll::rows(),
        lock::rows(),
        semaphore::rows(),
        event::rows(),
        crowd::rows(),
        barrier::rows(),
        condition::rows(),
        pool::rows(),
        signal::rows(),
        loaded::rows(),
        allocations::rows(),
    ];
    let rows = rows.into_iter().flatten().collect();
    Rows::new(rows, growth::curves(), cpus(args))
}

/// The two CPUs for pinned threads, if there are two.
fn cpus(args: &Args) -> Option<(CoreId, CoreId)> {
    let all = core_affinity::get_core_ids()?;
    let (first, second) = match args.cpus {
        Some((a, b)) => (
            all.iter().find(|core| core.id == a)?,
            all.iter().find(|core| core.id == b)?,
        ),
        None => (all.first()?, all.get(1)?),
    };
    Some((*first, *second))
}
