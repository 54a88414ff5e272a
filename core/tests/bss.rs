//! "An empty object is all zeros, so it lies in `.bss`": the linker says where that is.
#![cfg(all(target_os = "linux", not(miri)))]
#![allow(unsafe_code)]

use gimmal_core::channel::{mpmc as shared, spsc as narrow};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{exact, mpmc, spsc};
use gimmal_core::sync::{Condition, Event, Lock};
use gimmal_core::wait::{WaitCell, WaitQueue};
use gimmal_core::{Context, Frames};

unsafe extern "C" {
    static __bss_start: u8;
    static _end: u8;
}

macro_rules! lie_in_bss {
    ($($name:ident: $type:ty = $new:expr;)+) => {
        $(static $name: $type = $new;)+

        #[test]
        fn empty_objects_lie_in_bss() {
            let (start, end) = (&raw const __bss_start as usize, &raw const _end as usize);
            $(
                let at = std::hint::black_box(&raw const $name) as usize;
                assert!((start..end).contains(&at), "{} is not all zeros", stringify!($type));
            )+
        }
    };
}

lie_in_bss! {
    QUEUE: WaitQueue = WaitQueue::new();
    CELL: WaitCell = WaitCell::new();
    EVENT: Event = Event::new();
    LOCK: Lock<u32> = Lock::new(0);
    CONDITION: Condition = Condition::new();
    SPSC: spsc::Ring<u32, 3> = spsc::Ring::new();
    MPMC: mpmc::Ring<u32, 3> = mpmc::Ring::new();
    EXACT: exact::Ring<u32, 3> = exact::Ring::new();
    NARROW: narrow::Channel<u32, 3> = narrow::Channel::new();
    SHARED: shared::Channel<u32, 3> = shared::Channel::new();
    POOL: Pool<u32, 3> = Pool::new();
    CONTEXT: Context<u32, 2, 2, 2> = Context::new();
    FRAMES: Lock<Frames<2, 8>> = Lock::new(Frames::new());
}
