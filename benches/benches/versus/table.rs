//! The numbers of a row, and the contenders that they are compared with.

use crate::book::{Against, Contender, Kind, Row};
use crate::referee::Verdict;
use crate::rows::pingpong::ONE_CORE;
use gimmal_benches::stats::{Spread, leader, ratios, spread};

/// Who waits and keeps more than this part of a CPU busy does not wait.
const IDLE: f64 = 0.3;

/// A row's numbers, and whom they are compared with.
pub(crate) struct Table<'b> {
    pub(crate) row: &'b Row,
    pub(crate) results: Vec<Verdict>,
    pub(crate) leader: Option<usize>,
    pub(crate) best_rival: Option<usize>,
}

impl<'b> Table<'b> {
    pub(crate) fn new(row: &'b Row, results: Vec<Verdict>) -> Self {
        let mut table = Table {
            row,
            results,
            leader: None,
            best_rival: None,
        };
        table.leader = table.fastest(|_| true);
        table.best_rival = table.fastest(|contender| !contender.ours());
        table
    }

    fn fastest(&self, who: impl Fn(&Contender) -> bool) -> Option<usize> {
        let contenders = self.row.contenders.iter().zip(&self.results).enumerate();
        let eligible = contenders.filter_map(|(index, (contender, result))| match result {
            Verdict::Timed { rounds, cpus, .. } if who(contender) && self.may_lead(cpus) => {
                Some((index, &rounds[..]))
            }
            _ => None,
        });
        leader(&eligible.collect::<Vec<_>>())
    }

    /// The most CPUs that anybody kept busy, if that is less than the row needs: others used the machine.
    pub(crate) fn too_few_cpus(&self) -> Option<f64> {
        let needed = match self.row.kind {
            Kind::Threads if self.row.name != ONE_CORE => 1.5,
            Kind::Threads | Kind::OneThread => 0.9,
            Kind::Waiting
            | Kind::Waking
            | Kind::Loaded
            | Kind::Process
            | Kind::Wire
            | Kind::Counting => 0.0,
        };
        let cpus = self.results.iter().filter_map(|result| match result {
            Verdict::Timed { cpus, .. } => Some(spread(cpus)?.median),
            _ => None,
        });
        let most = cpus.fold(0.0, f64::max);
        (most < needed).then_some(most)
    }

    fn may_lead(&self, cpus: &[f64]) -> bool {
        self.row.kind != Kind::Waiting || spread(cpus).is_some_and(|cpus| cpus.median < IDLE)
    }

    /// Returns `true` if threads compete here, so that it matters who got how much.
    pub(crate) fn shares(&self) -> bool {
        let shared = |result: &Verdict| matches!(result, Verdict::Timed { asymmetric, .. } if !asymmetric.is_empty());
        self.results.iter().any(shared)
    }

    /// Fastest first; who is broken comes last.
    pub(crate) fn order(&self) -> Vec<usize> {
        let key = |index: &usize| match &self.results[*index] {
            Verdict::Timed { .. } => self
                .against(*index, self.leader)
                .map_or(f64::INFINITY, |ratio| ratio.median),
            Verdict::Counted(counts) => counts.allocations,
            Verdict::Broken(_) => f64::INFINITY,
        };
        let mut order: Vec<_> = (0..self.results.len()).collect();
        order.sort_by(|a, b| key(a).total_cmp(&key(b)));
        order
    }

    /// The time of an operation in each round, in nanoseconds; `None` if the contender is broken.
    pub(crate) fn rounds(&self, index: usize) -> Option<&[f64]> {
        match &self.results[index] {
            Verdict::Timed { rounds, .. } => Some(rounds),
            _ => None,
        }
    }

    /// The ratio of a contender to another one.
    pub(crate) fn against(&self, index: usize, other: Option<usize>) -> Option<Spread> {
        spread(&ratios(self.rounds(index)?, self.rounds(other?)?))
    }

    /// The CPU time of an operation by that of the best rival, round by round.
    pub(crate) fn cpu_time_to_rival(&self, index: usize) -> Vec<f64> {
        let cpu_time = |index: usize| match &self.results[index] {
            Verdict::Timed { cpu_time, .. } => &cpu_time[..],
            _ => &[],
        };
        self.best_rival
            .map(|rival| ratios(cpu_time(index), cpu_time(rival)))
            .unwrap_or_default()
    }

    /// The number that a goal is about.
    pub(crate) fn value(&self, index: usize, against: Against) -> Option<f64> {
        let other = match against {
            Against::Best => self.best_rival?,
            Against::This(name) => self
                .row
                .contenders
                .iter()
                .position(|one| one.name == name)?,
            Against::BestOf(names) => self.fastest(|contender| names.contains(&contender.name))?,
            Against::Shares => match &self.results[index] {
                Verdict::Timed { asymmetric, .. } => return Some(spread(asymmetric)?.median),
                _ => return None,
            },
            Against::Absolute => match &self.results[index] {
                Verdict::Counted(counts) => return Some(counts.allocations),
                _ => return None,
            },
        };
        Some(self.against(index, Some(other))?.median)
    }
}
