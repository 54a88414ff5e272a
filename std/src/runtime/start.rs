//! Starting a thread, in the run of the calling thread if it belongs to one; and joining it.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::thread::{self, Thread};

use super::current::CurrentRun;
use super::registry::Member;

thread_local! {
    static EXIT_MARKER: Cell<Option<ExitMarker>> = const { Cell::new(None) };
}

/// In a thread-local of each member, where it is destroyed last: see the registry.
struct ExitMarker(Arc<Member>);

impl ExitMarker {
    /// What a member's thread does first.
    fn enter(member: Arc<Member>) {
        let run = CurrentRun {
            registry: member.registry.clone(),
            daemon: member.daemon,
        };
        EXIT_MARKER.set(Some(ExitMarker(member)));
        drop(CurrentRun::replace(Some(run)));
    }
}

impl Drop for ExitMarker {
    fn drop(&mut self) {
        drop(CurrentRun::replace(None));
        self.0.leave();
    }
}

/// A registered member whose thread is being started. Dropping it takes the registration back.
struct Registration {
    member: Option<Arc<Member>>,
}

impl Registration {
    /// Registers a member in the run of the calling thread, if that has one where it may still
    /// start members.
    fn new(daemon: bool) -> Option<Self> {
        let run = CurrentRun::get()?;
        let member = run.registry.register(run.daemon, daemon)?;
        Some(Registration {
            member: Some(member),
        })
    }

    fn member(&self) -> &Arc<Member> {
        self.member.as_ref().expect("it has not arrived yet")
    }

    /// The thread has been started.
    fn arrive(mut self, handle: thread::JoinHandle<()>) -> MemberHandle {
        let member = self.member.take().expect("it arrives once");
        let thread = handle.thread().clone();
        member.arrive(handle);
        MemberHandle { thread, member }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            member.give_up();
        }
    }
}

/// Starts a thread that runs `main`, in the run of the calling thread if it belongs to one.
pub(crate) fn start(
    builder: thread::Builder,
    daemon: bool,
    main: impl FnOnce() + Send + 'static,
) -> io::Result<Started> {
    let Some(registration) = Registration::new(daemon) else {
        return builder.spawn(main).map(Started::Free);
    };
    let its = registration.member().clone();
    let thread = builder.spawn(move || {
        ExitMarker::enter(its);
        main();
    })?;
    Ok(Started::Member(registration.arrive(thread)))
}

/// A thread that can be joined.
pub(crate) enum Started {
    /// It belongs to no run.
    Free(thread::JoinHandle<()>),
    Member(MemberHandle),
}

/// The handle of a member. Dropping it leaves the member's panic to the run.
pub(crate) struct MemberHandle {
    thread: Thread,
    member: Arc<Member>,
}

impl Started {
    pub(crate) fn thread(&self) -> &Thread {
        match self {
            Started::Free(handle) => handle.thread(),
            Started::Member(handle) => &handle.thread,
        }
    }

    /// Blocks until the thread is gone.
    ///
    /// # Errors
    /// What it panicked with. Not for the thread itself.
    pub(crate) fn join(self) -> thread::Result<()> {
        match self {
            Started::Free(handle) => handle.join(),
            Started::Member(handle) => handle.join(),
        }
    }
}

impl MemberHandle {
    fn join(self) -> thread::Result<()> {
        self.member.join();
        self.member.take_panic().map_or(Ok(()), Err)
    }
}

impl Drop for MemberHandle {
    fn drop(&mut self) {
        if self.member.generation.is_current() {
            self.member.release();
        }
    }
}
