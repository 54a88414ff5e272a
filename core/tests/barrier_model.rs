//! Barriers against a model that is a list of those who have come: any sequence of arrivals, polls, departures, aborts and
//! resets, also inside the action.

mod kit;

use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;

use gimmal_core::error::BrokenBarrier;
use gimmal_core::sync::Barrier;
use kit::Bang;
use kit::parties::Party;
use proptest::prelude::*;

type Acting = Barrier<Box<dyn Fn() + Send + Sync>>;
type Owned = Party<'static, Box<dyn Fn() + Send + Sync>>;

/// What the action does, step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Abort,
    Reset,
    /// Somebody comes and is polled.
    Newcomer,
    /// The last step, whatever follows.
    Panic,
}

#[derive(Clone, Debug)]
enum Op {
    Arrive,
    Unpolled,
    Poll(usize),
    Leave(usize),
    Cancel(usize),
    Abort,
    Reset,
    /// What the next action does.
    Act(Vec<Step>),
}

/// How a poll, or a wait, ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Turn(usize),
    Broken,
    Panicked,
}

/// Where a party is, and how often it was woken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Is {
    Unpolled,
    In,
    Outside,
    /// Come again: it was outside when something ended.
    Again,
    Told(End),
}

#[derive(Default)]
struct Model {
    parties: usize,
    broken: bool,
    complete: bool,
    breaks: usize,
    /// Those of this generation, in the order in which they came.
    arrived: Vec<usize>,
    /// All there ever were, by number.
    all: Vec<(Is, usize)>,
    steps: Vec<Step>,
}

impl Model {
    fn comes(&mut self) -> usize {
        self.all.push((Is::Unpolled, 0));
        self.all.len() - 1
    }

    /// The generation has ended: these are told so, and who is outside may come.
    fn end(&mut self, fate: impl Fn(usize) -> End) {
        for (index, id) in take(&mut self.arrived).into_iter().enumerate() {
            self.all[id] = (Is::Told(fate(index)), self.all[id].1 + 1);
        }
        for party in &mut self.all {
            if party.0 == Is::Outside {
                *party = (Is::Again, party.1 + 1);
            }
        }
        self.complete = false;
    }

    fn breaks(&mut self, broken: bool) {
        self.end(|_| End::Broken);
        self.broken = broken;
        self.breaks += 1;
    }

    fn polled(&mut self, id: usize) -> Option<End> {
        match self.all[id].0 {
            Is::In | Is::Outside => return None,
            Is::Told(end) => return Some(end),
            Is::Unpolled | Is::Again => {}
        }
        if self.broken {
            return Some(End::Broken);
        }
        if self.complete {
            self.all[id].0 = Is::Outside;
            return None;
        }
        if self.arrived.len() + 1 < self.parties {
            self.arrived.push(id);
            self.all[id].0 = Is::In;
            return None;
        }
        self.complete = true;
        let breaks = self.breaks;
        for step in take(&mut self.steps) {
            match step {
                Step::Abort => self.breaks(true),
                Step::Reset => self.breaks(false),
                Step::Newcomer => {
                    let newcomer = self.comes();
                    if let Some(end) = self.polled(newcomer) {
                        self.all[newcomer].0 = Is::Told(end);
                    }
                }
                Step::Panic => {
                    if self.breaks == breaks {
                        self.breaks(true);
                    }
                    return Some(End::Panicked);
                }
            }
        }
        if self.breaks != breaks {
            return Some(End::Broken);
        }
        self.end(End::Turn);
        Some(End::Turn(self.parties - 1))
    }

    /// Says how the wait of one that is cancelled ends, if it has ended.
    fn leaves(&mut self, id: usize) -> Option<End> {
        match self.all[id].0 {
            Is::In => {
                self.arrived.retain(|arrived| *arrived != id);
                self.breaks(true);
                None
            }
            Is::Told(end) => Some(end),
            Is::Unpolled | Is::Outside | Is::Again => None,
        }
    }
}

/// What the barrier's action needs: the barrier, what to do, and whom it has polled.
#[derive(Default)]
struct Inside {
    barrier: OnceLock<&'static Acting>,
    steps: Mutex<Vec<Step>>,
    newcomers: Mutex<Vec<(Owned, Option<End>)>>,
}

impl Inside {
    fn act(&self) {
        let barrier = self.barrier.get().unwrap();
        let steps = take(&mut *self.steps.lock().unwrap());
        for step in steps {
            match step {
                Step::Abort => barrier.abort(),
                Step::Reset => barrier.reset(),
                Step::Newcomer => {
                    let mut party = Owned::unpolled(barrier.wait());
                    let end = polled(&mut party, barrier.parties());
                    self.newcomers.lock().unwrap().push((party, end));
                }
                Step::Panic => resume_unwind(Box::new(Bang)),
            }
        }
    }
}

/// Polls, and looks whether the right one is the leader.
fn polled(party: &mut Owned, parties: usize) -> Option<End> {
    match catch_unwind(AssertUnwindSafe(|| party.poll())) {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(Ok(turn))) => {
            assert_eq!(turn.is_leader(), turn.index() == parties - 1);
            Some(End::Turn(turn.index()))
        }
        Ok(Poll::Ready(Err(BrokenBarrier))) => Some(End::Broken),
        Err(_) => Some(End::Panicked),
    }
}

/// `calm` says how much oftener somebody comes than something else is done.
fn ops(calm: u32) -> impl Strategy<Value = Vec<Op>> {
    let step = prop_oneof![
        1 => Just(Step::Abort),
        2 => Just(Step::Reset),
        4 => Just(Step::Newcomer),
        1 => Just(Step::Panic),
    ];
    let op = prop_oneof![
        4 * calm => Just(Op::Arrive),
        1 => Just(Op::Unpolled),
        2 * calm => (0..16_usize).prop_map(Op::Poll),
        1 => (0..16_usize).prop_map(Op::Leave),
        1 => (0..16_usize).prop_map(Op::Cancel),
        1 => Just(Op::Abort),
        2 => Just(Op::Reset),
        2 => prop::collection::vec(step, 0..6).prop_map(Op::Act),
    ];
    prop::collection::vec(op, 0..if cfg!(miri) { 40 } else { 160 })
}

fn run(parties: usize, ops: &[Op]) {
    let inside = Arc::new(Inside::default());
    let itself = inside.clone();
    let action: Box<dyn Fn() + Send + Sync> = Box::new(move || itself.act());
    let barrier: &'static Acting = Box::leak(Box::new(Barrier::with_action(parties, action)));
    assert!(inside.barrier.set(barrier).is_ok());
    let mut model = Model {
        parties,
        ..Model::default()
    };
    // Those who have not ended, by number.
    let mut all: Vec<(usize, Owned)> = Vec::new();
    for op in ops {
        let which = match op {
            Op::Poll(which) | Op::Leave(which) | Op::Cancel(which) if all.is_empty() => *which,
            Op::Poll(which) | Op::Leave(which) | Op::Cancel(which) => which % all.len(),
            _ => 0,
        };
        let mut ended = None;
        match op {
            Op::Arrive | Op::Unpolled => {
                let id = model.comes();
                let mut party = Owned::unpolled(barrier.wait());
                if matches!(op, Op::Arrive) {
                    ended = polled(&mut party, parties);
                    assert_eq!(ended, model.polled(id));
                }
                if ended.is_none() {
                    all.push((id, party));
                }
            }
            Op::Poll(_) if !all.is_empty() => {
                let (id, party) = &mut all[which];
                ended = polled(party, parties);
                assert_eq!(ended, model.polled(*id));
                if ended.is_some() {
                    all.remove(which);
                }
            }
            Op::Leave(_) if !all.is_empty() => {
                let (id, party) = all.remove(which);
                drop(party);
                model.leaves(id);
            }
            Op::Cancel(_) if !all.is_empty() => {
                let (id, mut party) = all.remove(which);
                let end = party.cancel().map(|answer| match answer {
                    Ok(turn) => End::Turn(turn.index()),
                    Err(BrokenBarrier) => End::Broken,
                });
                assert_eq!(end, model.leaves(id));
            }
            Op::Abort => {
                barrier.abort();
                model.breaks(true);
            }
            Op::Reset => {
                barrier.reset();
                model.breaks(false);
            }
            Op::Act(steps) => {
                inside.steps.lock().unwrap().clone_from(steps);
                model.steps.clone_from(steps);
            }
            _ => {}
        }
        // Who was polled by the action has the next numbers.
        let newcomers = take(&mut *inside.newcomers.lock().unwrap());
        let first = model.all.len() - newcomers.len();
        for (id, (party, end)) in (first..).zip(newcomers) {
            match end {
                None => all.push((id, party)),
                Some(end) => assert_eq!(model.all[id].0, Is::Told(end)),
            }
        }
        assert_eq!(barrier.is_broken(), model.broken, "{op:?}");
        assert_eq!(barrier.waiting(), model.arrived.len(), "{op:?}");
        for (id, party) in &all {
            assert_eq!(party.wakes(), model.all[*id].1, "{op:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn a_barrier_is_a_list_of_those_who_have_come(parties in 1..6_usize, ops in ops(2)) {
        run(parties, &ops);
    }

    #[test]
    fn so_is_one_for_more_than_a_batch(parties in 9..14_usize, ops in ops(15)) {
        run(parties, &ops);
    }
}
