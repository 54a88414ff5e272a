//! Runs a row: finds how much work fits a turn, then lets the contenders take turns, round by round.

use crate::args::Args;
use crate::book::{Contender, Counts, Row, Task};
use crate::load::Load;
use crate::race::Outcome;
use crate::watchdog::watched;
use gimmal_benches::pace::Pace;
use std::time::Duration;

/// What became of a contender in a row.
pub(crate) enum Verdict {
    /// Nanoseconds per operation, nanoseconds of CPU time per operation and CPUs kept busy, round by round; how asymmetric
    /// the shares were, where that is asked.
    Timed {
        rounds: Vec<f64>,
        cpu_time: Vec<f64>,
        cpus: Vec<f64>,
        asymmetric: Vec<f64>,
    },
    Counted(Counts),
    /// It lost, doubled, tore or reordered something, or could not run.
    Broken(String),
}

/// A contender on its way through the rounds.
struct Player<'b> {
    turn: &'b dyn Fn(u64) -> Outcome,
    name: &'static str,
    pace: Pace,
    rounds: Vec<f64>,
    cpu_time: Vec<f64>,
    cpus: Vec<f64>,
    asymmetric: Vec<f64>,
    broken: Option<String>,
}

/// The contenders of a row on their way.
struct Field<'b> {
    row: &'b Row,
    /// What is known without rounds, in the order of the contenders; the players fill the gaps.
    results: Vec<Option<Verdict>>,
    players: Vec<Player<'b>>,
}

/// The results of a row, in the order of its contenders.
pub(crate) fn judge(row: &Row, args: &Args) -> Vec<Verdict> {
    let _load = match row.load.map(Load::start).transpose() {
        Ok(load) => load,
        Err(why) => {
            let broken = |_: &Contender| Verdict::Broken(why.clone());
            return row.contenders.iter().map(broken).collect();
        }
    };
    let mut field = Field::new(row, args);
    for round in 0..field.rounds(args) {
        field.play(round);
    }
    field.results()
}

/// The results of several rows, each as [`judge`] gives it. The rows take turns too, so that a machine that becomes slower
/// meanwhile becomes so for all of them. None of them has a load.
pub(crate) fn judge_together<'b>(
    rows: impl Iterator<Item = &'b Row>,
    args: &Args,
) -> Vec<Vec<Verdict>> {
    let mut fields: Vec<_> = rows.map(|row| Field::new(row, args)).collect();
    let rounds = fields.iter().map(|field| field.rounds(args)).max();
    for round in 0..rounds.unwrap_or_default() {
        fields.iter_mut().for_each(|field| field.play(round));
    }
    fields.into_iter().map(Field::results).collect()
}

impl<'b> Field<'b> {
    /// Counts what is counted, and finds how much work fits a turn.
    fn new(row: &'b Row, args: &Args) -> Self {
        let target = args.turn * row.stretch;
        let mut results: Vec<Option<Verdict>> = Vec::new();
        let mut players = Vec::new();
        for Contender { name, task } in &row.contenders {
            match task {
                Task::Count(count) => results.push(Some(match watched(row.name, name, count) {
                    Ok(counts) => Verdict::Counted(counts),
                    Err(why) => Verdict::Broken(why),
                })),
                Task::Time(turn) => {
                    results.push(None);
                    players.push(Player::new(name, turn, row, target, args.operations));
                }
            }
        }
        Field {
            row,
            results,
            players,
        }
    }

    /// How many rounds there are.
    fn rounds(&self, args: &Args) -> usize {
        match self.row.stretch {
            1 => args.rounds,
            _ => args.rounds.div_ceil(3),
        }
    }

    /// Plays one round, which begins with another player each time.
    fn play(&mut self, round: usize) {
        for number in 0..self.players.len() {
            let place = (number + round) % self.players.len();
            self.players[place].play(self.row);
        }
    }

    fn results(self) -> Vec<Verdict> {
        let mut players = self.players.into_iter();
        self.results
            .into_iter()
            .filter_map(|result| result.or_else(|| players.next().map(Player::result)))
            .collect()
    }
}

impl<'b> Player<'b> {
    /// Works with rising numbers of operations until a turn takes about `target`.
    fn new(
        name: &'static str,
        turn: &'b dyn Fn(u64) -> Outcome,
        row: &Row,
        target: Duration,
        asked: Option<u64>,
    ) -> Self {
        let mut player = Player {
            turn,
            name,
            pace: Pace::new(target, asked),
            rounds: Vec::new(),
            cpu_time: Vec::new(),
            cpus: Vec::new(),
            asymmetric: Vec::new(),
            broken: None,
        };
        while player.broken.is_none() && player.pace.is_searching() {
            match watched(row.name, name, || turn(player.pace.operations())) {
                Err(why) => player.broken = Some(why),
                Ok(sample) => player.pace.search(sample.spent),
            }
        }
        player
    }

    fn play(&mut self, row: &Row) {
        if self.broken.is_some() {
            return;
        }
        let operations = self.pace.operations();
        match watched(row.name, self.name, || (self.turn)(operations)) {
            Err(why) => self.broken = Some(why),
            Ok(sample) => {
                let nanos = |time: Duration| time.as_secs_f64() * 1e9 / operations as f64;
                self.rounds.push(nanos(sample.scored));
                self.cpu_time.push(nanos(sample.spent) * sample.cpus);
                self.cpus.push(sample.cpus);
                self.asymmetric.extend(sample.asymmetric);
                self.pace.note(sample.spent);
            }
        }
    }

    fn result(self) -> Verdict {
        match self.broken {
            Some(why) => Verdict::Broken(why),
            None => Verdict::Timed {
                rounds: self.rounds,
                cpu_time: self.cpu_time,
                cpus: self.cpus,
                asymmetric: self.asymmetric,
            },
        }
    }
}
