//! Pairs of operations, the second of which interrupts the first. Whoever runs them has the interrupt come at every moment
//! of the first operation, one after the other; each time what the two have done must be explained by one of them being
//! wholly before the other.
//!
//! | file | pairs |
//! |---|---|
//! | `sweep/acts.rs` | something is put into a queue or taken out, by both |
//! | `sweep/tries.rs` | primitives, tried by both |
//! | `sweep/waits.rs` | a future is polled or dropped, and the interrupt gives it what it waits for |
//! | `sweep/gives.rs` | the other way round: the interrupt polls |
//! | `sweep/closes.rs` | a channel is closed |
//! | `sweep/links.rs` | the first operation over a new link of sockets |

mod acts;
mod closes;
mod gives;
mod links;
mod tries;
mod waits;

use portable_atomic::AtomicUsize;

use crate::Verdict;
use crate::subject::{Line, Loans, Mail, Mpmc, Sockets, Spsc};
use acts::{Act, Acts, N};
use closes::*;
use gives::*;
use links::*;
use tries::*;
use waits::*;

/// Who makes the interrupt come.
pub trait Shot {
    /// Runs the operation while the interrupt comes; returns when both are over.
    fn during(&self, operation: &mut dyn FnMut());
}

/// Before the first round.
pub fn open() {
    PAIRS.iter().for_each(|pair| pair.open());
    waits::open();
}

/// Two operations.
pub trait Pair: Sync {
    /// What they are.
    fn name(&self) -> &'static str;
    /// Before anything else.
    fn open(&'static self) {}
    /// In how many set-ups they are tried.
    fn setups(&self) -> u32 {
        1
    }
    /// Sets up, has the one interrupted by the other, and looks what has come of it.
    fn round(&'static self, setup: u32, shot: &dyn Shot) -> Verdict;
    /// The other operation.
    fn interrupt(&'static self);
}

/// A pair that is a few lines: two functions.
struct Plain {
    name: &'static str,
    round: fn(&dyn Shot) -> Verdict,
    interrupt: fn(),
}

impl Pair for Plain {
    fn name(&self) -> &'static str {
        self.name
    }

    fn round(&'static self, _setup: u32, shot: &dyn Shot) -> Verdict {
        (self.round)(shot)
    }

    fn interrupt(&'static self) {
        (self.interrupt)();
    }
}

/// A pair whose interrupt polls a future: for the first time, or once more.
struct Polled {
    name: &'static str,
    round: fn(&dyn Shot) -> Verdict,
}

impl Pair for Polled {
    fn name(&self) -> &'static str {
        self.name
    }

    fn setups(&self) -> u32 {
        2
    }

    fn round(&'static self, setup: u32, shot: &dyn Shot) -> Verdict {
        gives::polled_before(setup == 1);
        (self.round)(shot)
    }

    fn interrupt(&'static self) {
        poll();
    }
}

/// What the interrupt has got in this round, as a number; set back by the rounds that look at it.
static HITS: AtomicUsize = AtomicUsize::new(0);

macro_rules! pairs {
    (
        queues { $($queue:ident: $type:ty = $first:literal, $($name:literal $ours:ident $theirs:ident),*;)* }
        plain { $($plain:literal $round:expr, $interrupt:expr;)* }
        polled { $($polled:literal $gives:expr;)* }
    ) => {
        $(static $queue: $type = <$type>::new();)*
        /// All pairs.
        pub static PAIRS: &[&dyn Pair] = &[
            $(
                &Acts::new($first, &$queue, Act::Put, Act::Take),
                $(&Acts::new($name, &$queue, Act::$ours, Act::$theirs),)*
            )*
            $(&Plain { name: $plain, round: $round, interrupt: $interrupt },)*
            $(&Polled { name: $polled, round: $gives },)*
        ];
    };
}

pairs! {
    queues {
        SPSC: Spsc<N> = "spsc ring: push | pop", "spsc ring: pop | push" Take Put;
        MPMC: Mpmc<N> = "mpmc ring: push | pop", "mpmc ring: pop | push" Take Put,
            "mpmc ring: push | push" Put Put, "mpmc ring: pop | pop" Take Take;
        LINE: Line<N> = "spsc channel: try_send | try_recv", "spsc channel: try_recv | try_send" Take Put;
        MAILS: Mail<N> = "mpmc channel: try_send | try_recv", "mpmc channel: try_recv | try_send" Take Put,
            "mpmc channel: try_send | try_send" Put Put, "mpmc channel: try_recv | try_recv" Take Take;
        SOCKETS: Sockets<N> = "push try_send | pull try_recv", "pull try_recv | push try_send" Take Put;
        LOANS: Loans<N> = "pool and ring: put | take", "pool and ring: take | put" Take Put,
            "pool and ring: put | put" Put Put, "pool and ring: take | take" Take Take;
    }
    plain {
        "semaphore: try_acquire | try_acquire" acquire_while_acquired, acquire_for_good;
        "semaphore: try_acquire | release" acquire_while_released, || _ = SOME.release(1);
        "semaphore: release | try_acquire" release_while_acquired, acquire_for_good;
        "event: is_set | set" look_while_set, || EVENT.set();
        "event: is_set, clear | set" clear_while_set, || EVENT.set();
        "event: set, somebody waits | clear" set_while_cleared, || EVENT.clear();
        "lock: try_lock, unlock | try_lock" lock_while_locked, lock_and_keep;
        "pool: try_take | try_take" take_while_taken, take_and_keep;
        "pool: try_take, return | try_take" drop_while_taken, take_and_keep;
        "mpmc channel: recv is polled | try_send" recv_while_sent, mail;
        "mpmc channel: send is polled | try_recv" send_while_received, unmail;
        "mpmc channel: recv is dropped | try_send" give_up_while_sent, mail;
        "spsc channel: recv is polled | try_send" line_recv_while_sent, line_send;
        "spsc channel: send is polled | try_recv" line_send_while_received, line_recv;
        "pull: recv is polled | push try_send" pull_while_pushed, push;
        "event: wait is polled | set" wait_while_set, || SOON.set();
        "semaphore: acquire is polled | release" wait_while_released, || _ = NONE.release(1);
        "lock: lock is polled | unlock" lock_while_unlocked, || drop(GUARD.take());
        "pool: take is polled | return" pool_while_returned, || drop(PLACE.take());
        "condition: wait is polled | notify" wait_while_notified, change;
        "mpmc channel: try_send | close, try_recv" send_while_closed, close_and_receive;
        "mpmc channel: recv is polled | close" recv_while_closed, close;
        "mpmc channel: send is polled | close" full_send_while_closed, close;
        "push try_send, a new link | pull try_recv" first_send_while_received, receive;
        "pull try_recv, a new link | push try_send" first_receive_while_sent, send;
    }
    polled {
        "mpmc channel: try_send | recv is polled" send_while_waited;
        "mpmc channel: try_recv | send is polled" recv_while_waited;
        "spsc channel: try_send | recv is polled" line_send_while_waited;
        "spsc channel: try_recv | send is polled" line_recv_while_waited;
        "push try_send | pull: recv is polled" push_while_waited;
        "spsc channel: try_send | recv, and recv again" line_send_while_waited_again;
        "spsc channel: try_recv | send, and send again" line_recv_while_waited_again;
        "push try_send | pull: recv, and recv again" push_while_waited_again;
        "event: set | wait is polled" set_while_waited;
        "semaphore: release | acquire is polled" release_while_waited;
        "lock: unlock | lock is polled" unlock_while_waited;
        "pool: return | take is polled" return_while_waited;
        "mpmc channel: close | recv is polled" close_while_waited;
    }
}
