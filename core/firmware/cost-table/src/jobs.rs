//! What stands beside what, and what was set as a goal.

/// An object, and who does the same job elsewhere.
pub struct Job {
    /// In the table.
    pub title: &'static str,
    /// Its name in the symbols.
    pub object: &'static str,
    /// `LIBRARY.OBJECT` of the rival.
    pub rival: Option<&'static str>,
    /// Our operations, and the rival's for the same.
    pub operations: &'static [(&'static str, Option<&'static str>)],
    /// The first two operations together are to cost at most so much of the rival's, in flash, RAM and instructions.
    pub goal: Option<f64>,
    /// An empty one is all zeros.
    pub zero: bool,
    /// The first two operations mask no interrupts at all.
    pub unmasked: bool,
}

/// An object without a rival, a goal, or a promise.
const PLAIN: Job = Job {
    title: "",
    object: "",
    rival: None,
    operations: &[],
    goal: None,
    zero: true,
    unmasked: false,
};

/// All of them.
pub const JOBS: &[Job] = &[
    Job {
        title: "SPSC ring",
        object: "spsc_ring",
        rival: Some("heapless.spsc_ring"),
        operations: &[
            ("push", Some("push")),
            ("pop", Some("pop")),
            ("write_8", None),
            ("read_8", None),
        ],
        goal: Some(1.0),
        unmasked: true,
        ..PLAIN
    },
    Job {
        title: "MPMC ring",
        object: "mpmc_ring",
        // It has no ring that never waits.
        rival: Some("embassy.mpmc_channel"),
        operations: &[("push", Some("try_send")), ("pop", Some("try_recv"))],
        goal: Some(1.1),
        ..PLAIN
    },
    Job {
        title: "exact ring",
        object: "exact_ring",
        operations: &[("push", None), ("pop", None)],
        ..PLAIN
    },
    Job {
        title: "SPSC channel",
        object: "spsc_channel",
        // It has no channel for one sender and one receiver that moves its messages.
        rival: Some("embassy.mpmc_channel"),
        operations: &[
            ("try_send", Some("try_send")),
            ("try_recv", Some("try_recv")),
            ("woken", Some("woken")),
        ],
        ..PLAIN
    },
    Job {
        title: "MPMC channel",
        object: "mpmc_channel",
        rival: Some("embassy.mpmc_channel"),
        operations: &[
            ("try_send", Some("try_send")),
            ("try_recv", Some("try_recv")),
            ("woken", Some("woken")),
        ],
        goal: Some(1.1),
        ..PLAIN
    },
    Job {
        title: "Event",
        object: "event",
        rival: Some("embassy.event"),
        operations: &[
            ("set", Some("set")),
            ("clear", Some("clear")),
            ("woken", Some("woken")),
            ("wakes_8", None),
        ],
        ..PLAIN
    },
    Job {
        title: "Lock",
        object: "lock",
        rival: Some("embassy.lock"),
        operations: &[("try_lock", Some("try_lock")), ("woken", Some("woken"))],
        ..PLAIN
    },
    Job {
        title: "Semaphore",
        object: "semaphore",
        rival: Some("embassy.semaphore"),
        operations: &[
            ("try_acquire", Some("try_acquire")),
            ("woken", Some("woken")),
        ],
        zero: false,
        ..PLAIN
    },
    Job {
        title: "Condition",
        object: "condition",
        operations: &[("notify_one", None), ("woken", None)],
        ..PLAIN
    },
    Job {
        title: "Barrier",
        object: "barrier",
        operations: &[("woken", None)],
        zero: false,
        ..PLAIN
    },
    Job {
        title: "Pool",
        object: "pool",
        operations: &[("try_take", None)],
        ..PLAIN
    },
    Job {
        title: "Push and Pull",
        object: "push_pull",
        operations: &[("try_send", None), ("try_recv", None), ("woken", None)],
        ..PLAIN
    },
];
