//! The order of locks in a forked child: what the parent knew, and nothing that hangs. In a process of its own: a child whose
//! parent was panicking in another thread could not panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use gimmal::sync::Lock;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

use crate::kit::LONG;

/// Forks; the child does `child` and exits. One that hangs is killed.
#[track_caller]
fn forked(child: impl FnOnce()) {
    // SAFETY: none in general; that this library keeps its part is what is tested.
    let pid = match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let fine = catch_unwind(AssertUnwindSafe(child)).is_ok();
            exit(if fine { 0 } else { 101 })
        }
    };
    let (sender, receiver) = mpsc::channel();
    let waits = thread::spawn(move || sender.send(waitpid(pid, None).unwrap()));
    let ended = receiver.recv_timeout(LONG / 4);
    if ended.is_err() {
        kill(pid, Signal::SIGKILL).unwrap();
    }
    waits.join().unwrap().unwrap();
    assert_eq!(ended, Ok(WaitStatus::Exited(pid, 0)));
}

fn both(one: &Lock<u32>, other: &Lock<u32>) {
    let _guards = (one.lock(), other.lock());
}

/// Asks for the part of the process that forks.
const FORKS: &str = "GIMMAL_TEST_FORKS";

#[test]
fn f10_a_child_keeps_the_order_of_locks_and_hangs_in_none() {
    if std::env::var_os(FORKS).is_some() {
        return forks();
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["f10_a_child_keeps_the_order_of_locks", "--test-threads=1"]);
    // Every child panics: a backtrace of each would take its time.
    alone.env(FORKS, "").env("RUST_BACKTRACE", "0");
    let output = alone.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

fn forks() {
    let (one, other) = (Lock::new(1), Lock::new(2));
    both(&one, &other);
    let reports = || {
        let wrong = catch_unwind(AssertUnwindSafe(|| both(&other, &one)));
        assert!(wrong.is_err(), "no circle was seen");
    };
    forked(reports);
    // Others are in the middle of the graph when the fork comes.
    let over = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let over = over.clone();
            thread::spawn(move || {
                while !over.load(SeqCst) {
                    both(&Lock::new(1), &Lock::new(2));
                }
            })
        })
        .collect();
    for _ in 0..100 {
        forked(|| {
            both(&one, &other);
            let (third, fourth) = (Lock::new(3), Lock::new(4));
            both(&third, &fourth);
            let wrong = catch_unwind(AssertUnwindSafe(|| both(&fourth, &third)));
            assert!(wrong.is_err(), "no circle was seen");
            both(&one, &third);
        });
    }
    over.store(true, SeqCst);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    reports();
}
