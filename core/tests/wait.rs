//! The waiting layer, one poll at a time: who is woken, in what order, what a waiter that leaves does with what it was
//! told, and that nothing is kept or grows.

mod kit;

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Waker};

use gimmal_core::wait::{
    Relax, Until, WaitCell, WaitQueue, block_on, block_on_until, block_on_with,
};
use kit::{Counted, Gate, Pass, Passed, poll};

type Queue = Gate<WaitQueue>;
type One = Gate<WaitCell>;

/// A waiter that is polled by hand.
struct Task<'g> {
    future: Pin<Box<Until<'g, WaitQueue, Pass<&'g Queue>>>>,
    counted: Arc<Counted>,
    waker: Waker,
}

impl<'g> Task<'g> {
    fn new(gate: &'g Queue) -> Self {
        let (counted, waker) = Counted::new();
        Task {
            future: Box::pin(gate.pass()),
            counted,
            waker,
        }
    }

    fn poll(&mut self) -> Poll<Passed> {
        poll(self.future.as_mut(), &self.waker)
    }

    /// A task that waits.
    fn waiting(gate: &'g Queue) -> Self {
        let mut task = Task::new(gate);
        assert!(task.poll().is_pending());
        task
    }
}

fn wakes(tasks: &[Task<'_>]) -> Vec<usize> {
    tasks.iter().map(|t| t.counted.wakes()).collect()
}

#[test]
fn notifying_none_of_those_who_wait_changes_nothing() {
    let gate = Queue::default();
    let mut tasks = [Task::waiting(&gate), Task::waiting(&gate)];
    assert!(gate.place.wake_one());
    assert_eq!(gate.place.grant_many(0), 0);
    // It was first, found nothing, and is first again.
    assert!(tasks[0].poll().is_pending());
    assert!(gate.place.wake_one());
    assert_eq!(wakes(&tasks), [2, 0]);
}

#[test]
fn notifying_nobody_says_so() {
    let queue = WaitQueue::new();
    assert!(!queue.wake_one() && !queue.grant_one() && !queue.is_waited_on());
    assert_eq!((queue.wake_all(), queue.release_all()), (0, 0));
    WaitCell::new().wake();
}

#[test]
fn what_can_be_had_is_had_at_once_and_nobody_queues() {
    let gate = Queue::default();
    gate.add(1);
    let mut task = Task::new(&gate);
    assert_eq!(task.poll(), Poll::Ready(Passed::Ticket));
    assert!(!gate.place.is_waited_on() && task.counted.kept() == 0);
}

#[test]
fn waiters_are_woken_in_the_order_in_which_they_came() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..4).map(|_| Task::waiting(&gate)).collect();
    assert!(gate.place.is_waited_on());
    for i in 0..4 {
        gate.add(1);
        assert!(gate.place.wake_one());
        let expected: Vec<usize> = (0..4).map(|k| usize::from(k <= i)).collect();
        assert_eq!(wakes(&tasks), expected);
        assert_eq!(tasks[i].poll(), Poll::Ready(Passed::Ticket));
    }
    assert!(!gate.place.wake_one() && !gate.place.is_waited_on());
}

#[test]
fn who_is_woken_and_finds_nothing_waits_in_front_again() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&gate)).collect();
    for round in 1..4 {
        assert!(gate.place.wake_one());
        assert!(tasks[0].poll().is_pending());
        assert_eq!(wakes(&tasks), [round, 0, 0]);
    }
    gate.add(1);
    assert!(gate.place.wake_one());
    assert_eq!(tasks[0].poll(), Poll::Ready(Passed::Ticket));
    assert!(gate.place.wake_one());
    assert_eq!(wakes(&tasks), [4, 1, 0]);
}

#[test]
fn who_got_in_before_the_second_look_leaves_the_queue_at_once() {
    // The ticket appears between the first look and the second: what a waker's clone does happens just there.
    let gate = Arc::new(Queue::default());
    let other = gate.clone();
    let waker = kit::Scripted {
        clone: Box::new(move || other.add(1)),
        ..Default::default()
    }
    .waker();
    let mut future = pin!(gate.pass());
    assert_eq!(poll(future.as_mut(), &waker), Poll::Ready(Passed::Ticket));
    assert!(!gate.place.is_waited_on());
}

#[test]
fn a_waiter_that_is_polled_without_being_woken_does_not_jump_the_queue() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..2).map(|_| Task::waiting(&gate)).collect();
    let tries = gate.tries.load(std::sync::atomic::Ordering::SeqCst);
    gate.add(1);
    assert!(tasks[1].poll().is_pending(), "it was not its turn");
    assert_eq!(gate.tries.load(std::sync::atomic::Ordering::SeqCst), tries);
    assert!(gate.place.wake_one());
    assert_eq!(wakes(&tasks), [1, 0]);
}

#[test]
fn a_waiter_that_got_in_wakes_the_next_while_there_is_more() {
    // Two tickets, both wake-ups to the first waiter: it was in front again after the first. Without the chain the second
    // waiter would sleep beside a ticket.
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..2).map(|_| Task::waiting(&gate)).collect();
    assert!(gate.place.wake_one());
    assert!(tasks[0].poll().is_pending());
    gate.add(2);
    assert!(gate.place.wake_one());
    assert_eq!(tasks[0].poll(), Poll::Ready(Passed::Ticket));
    assert_eq!(wakes(&tasks), [2, 1]);
    assert_eq!(tasks[1].poll(), Poll::Ready(Passed::Ticket));
}

#[test]
fn a_woken_waiter_that_leaves_passes_the_wake_up_on() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&gate)).collect();
    gate.add(1);
    assert!(gate.place.wake_one());
    drop(tasks.remove(0));
    assert_eq!(wakes(&tasks), [1, 0]);
    drop(tasks.remove(0));
    assert_eq!(wakes(&tasks), [1]);
    assert_eq!(tasks[0].poll(), Poll::Ready(Passed::Ticket));
}

#[test]
fn a_waiter_that_leaves_unwoken_wakes_nobody() {
    for leaver in 0..3 {
        let gate = Queue::default();
        let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&gate)).collect();
        drop(tasks.remove(leaver));
        assert_eq!(wakes(&tasks), [0, 0]);
        assert_eq!(gate.place.wake_all(), 2);
        assert_eq!(wakes(&tasks), [1, 1]);
    }
}

#[test]
fn what_was_given_is_taken_or_given_back() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&gate)).collect();
    assert!(gate.place.grant_one() && gate.place.grant_one() && gate.place.grant_one());
    assert_eq!(tasks[0].poll(), Poll::Ready(Passed::Granted));
    drop(tasks.remove(1));
    let returned = || gate.returned.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(returned(), 1);
    let last = tasks[1].future.as_mut().cancel();
    assert_eq!(
        last.ok(),
        Some(Passed::Granted),
        "a cancelled waiter takes what it was given"
    );
    drop(tasks);
    assert_eq!(returned(), 1);
}

#[test]
fn cancelling_gives_the_attempt_back_or_its_result() {
    let gate = Queue::default();
    // Before the first poll: one last attempt.
    let mut fresh = pin!(gate.pass());
    assert!(fresh.as_mut().operation().is_some());
    assert!(fresh.as_mut().cancel().is_err() && fresh.operation().is_none());
    gate.add(1);
    assert_eq!(pin!(gate.pass()).cancel().ok(), Some(Passed::Ticket));
    // While it waits.
    let mut task = Task::waiting(&gate);
    assert!(task.future.as_mut().cancel().is_err());
    assert!(!gate.place.is_waited_on() && task.counted.kept() == 0);
    // Woken, and with nothing there: the wake-up is for somebody else.
    let mut tasks: Vec<_> = (0..2).map(|_| Task::waiting(&gate)).collect();
    assert!(gate.place.wake_one());
    assert!(tasks[0].future.as_mut().cancel().is_err());
    assert_eq!(wakes(&tasks), [1, 1]);
    // Woken, and it got in: the wake-up is used up unless there is more.
    for more in 0..2 {
        let mut tasks: Vec<_> = (0..2).map(|_| Task::waiting(&gate)).collect();
        gate.add(1 + more);
        assert!(gate.place.wake_one());
        assert_eq!(tasks[0].future.as_mut().cancel().ok(), Some(Passed::Ticket));
        assert_eq!(wakes(&tasks), [1, more]);
    }
}

#[test]
#[should_panic(expected = "ready before")]
fn polling_a_future_that_was_ready_panics() {
    let gate = Queue::default();
    gate.add(1);
    let mut task = Task::new(&gate);
    let _ = task.poll();
    let _ = task.poll();
}

#[test]
#[should_panic(expected = "ready before")]
fn cancelling_a_future_that_was_ready_panics() {
    let gate = Queue::default();
    gate.add(1);
    let mut task = Task::new(&gate);
    let _ = task.poll();
    let _ = task.future.as_mut().cancel();
}

#[test]
fn a_future_that_is_never_polled_leaves_no_trace() {
    let (gate, one) = (Queue::default(), One::default());
    drop((gate.pass(), one.pass()));
    assert!(!gate.place.is_waited_on() && !gate.place.wake_one());
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let gate = Queue::default();
    let one = One::default();
    let ((old, old_waker), (new, new_waker)) = (Counted::new(), Counted::new());
    let mut waits = pin!(gate.pass());
    let mut waits_too = pin!(one.pass());
    for waker in [&old_waker, &new_waker] {
        assert!(poll(waits.as_mut(), waker).is_pending());
        assert!(poll(waits_too.as_mut(), waker).is_pending());
    }
    assert_eq!((old.kept(), new.kept()), (0, 2));
    assert_eq!(gate.place.wake_all(), 1);
    one.place.wake();
    assert_eq!((old.wakes(), new.wakes()), (0, 2));
    assert_eq!((old.kept(), new.kept()), (0, 0));
}

#[test]
fn a_wake_up_is_one_wake_up() {
    let gate = Queue::default();
    let one = One::default();
    let (counted, waker) = Counted::new();
    let mut waits = pin!(gate.pass());
    let mut waits_too = pin!(one.pass());
    assert!(poll(waits.as_mut(), &waker).is_pending());
    assert!(poll(waits_too.as_mut(), &waker).is_pending());
    for _ in 0..5 {
        gate.place.wake_one();
        gate.place.wake_all();
        one.place.wake();
    }
    assert_eq!(counted.wakes(), 2);
}

#[test]
fn a_dropped_future_leaves_no_waker_behind() {
    let gate = Queue::default();
    let one = One::default();
    let (counted, waker) = Counted::new();
    {
        let mut waits = pin!(gate.pass());
        let mut waits_too = pin!(one.pass());
        assert!(poll(waits.as_mut(), &waker).is_pending());
        assert!(poll(waits_too.as_mut(), &waker).is_pending());
        assert_eq!(counted.kept(), 2);
    }
    assert_eq!(counted.kept(), 0);
    assert_eq!(gate.place.wake_all(), 0);
    one.place.wake();
    assert_eq!(counted.wakes(), 0);
}

#[test]
fn a_cell_s_waiter_gets_in_on_any_poll_and_is_woken_by_each_change() {
    let one = One::default();
    let (counted, waker) = Counted::new();
    let mut waits = pin!(one.pass());
    for i in 1..4 {
        assert!(poll(waits.as_mut(), &waker).is_pending());
        one.place.wake();
        assert_eq!(counted.wakes(), i);
    }
    one.add(1);
    assert_eq!(poll(waits.as_mut(), &waker), Poll::Ready(Passed::Ticket));
}

#[test]
fn a_cell_passes_from_one_waiter_to_the_next() {
    let one = One::default();
    let ((first, first_waker), (second, second_waker)) = (Counted::new(), Counted::new());
    for _ in 0..3 {
        {
            let mut waits = pin!(one.pass());
            assert!(poll(waits.as_mut(), &first_waker).is_pending());
        }
        let mut waits = pin!(one.pass());
        assert!(poll(waits.as_mut(), &second_waker).is_pending());
        one.place.wake();
        one.add(1);
        assert!(poll(waits.as_mut(), &second_waker).is_ready());
    }
    assert_eq!((first.wakes(), second.wakes()), (0, 3));
}

#[test]
fn debug_says_whether_anybody_waits() {
    let gate = Queue::default();
    let one = One::default();
    let quiet = format!("{:?} {:?}", gate.place, one.place);
    let _task = Task::waiting(&gate);
    let mut waits = pin!(one.pass());
    assert!(poll(waits.as_mut(), Waker::noop()).is_pending());
    assert_eq!(
        quiet,
        "WaitQueue { waiting: false } WaitCell { waiting: false }"
    );
    assert_eq!(
        format!("{:?} {:?}", gate.place, one.place),
        quiet.replace("false", "true")
    );
}

thread_local!(static RELAXED: Cell<(u32, u32)> = const { Cell::new((0, 0)) });

/// Counts the moments that pass and the wake-ups.
struct Counting;

impl Relax for Counting {
    fn relax() {
        RELAXED.set((RELAXED.get().0 + 1, RELAXED.get().1));
    }

    fn wake() {
        RELAXED.set((RELAXED.get().0, RELAXED.get().1 + 1));
    }
}

#[test]
fn blocking_relaxes_between_two_polls_and_the_waker_reaches_the_relaxer() {
    let mut left = 3;
    let future = std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        let owned = cx.waker().clone();
        drop(owned.clone());
        owned.wake();
        left -= 1;
        if left == 0 {
            Poll::Ready(7)
        } else {
            Poll::Pending
        }
    });
    assert_eq!(block_on_with::<Counting, _>(future), 7);
    assert_eq!(RELAXED.get(), (2, 6));
    assert_eq!(block_on(std::future::ready(1)), 1);
}

#[test]
fn blocking_until_told_to_stop_drops_the_future() {
    let gate = Queue::default();
    let mut asked = 0;
    let stopped = block_on_until::<Counting, _>(gate.pass(), || {
        asked += 1;
        asked == 3
    });
    assert_eq!((stopped, asked), (None, 3));
    assert!(!gate.place.is_waited_on());
    gate.add(1);
    let got = block_on_until::<Counting, _>(gate.pass(), || true);
    assert_eq!(got, Some(Passed::Ticket), "success beats the time-out");
}

#[test]
fn after_everybody_was_woken_the_losers_wait_in_the_order_in_which_they_came_back() {
    let gate = Queue::default();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&gate)).collect();
    assert_eq!(gate.place.wake_all(), 3);
    for task in &mut tasks {
        assert!(task.poll().is_pending());
    }
    gate.add(1);
    assert!(gate.place.wake_one());
    assert_eq!(wakes(&tasks), [2, 1, 1]);
    assert_eq!(tasks[0].poll(), Poll::Ready(Passed::Ticket));
}

#[cfg(not(feature = "std"))]
#[test]
fn without_an_operating_system_no_fence_is_left_to_it() {
    let nobody_calls_it = || panic!("there is no other half");
    assert!(!gimmal_core::facade::use_asymmetric_fences(nobody_calls_it));
    // Who waits is woken all the same.
    let gate = Queue::default();
    let mut task = Task::waiting(&gate);
    gate.add(1);
    assert!(gate.place.wake_one());
    assert_eq!(task.counted.wakes(), 1);
    assert_eq!(task.poll(), Poll::Ready(Passed::Ticket));
}
