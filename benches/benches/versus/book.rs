//! All rows: what is measured, who takes part, and what gimmal wants to reach.

use crate::args::Args;
use crate::load::Load;
use crate::race::Outcome;
use core_affinity::CoreId;
use gimmal_benches::growth::Unit;

/// One turn of so many operations.
pub(crate) type Turn = Box<dyn Fn(u64) -> Outcome>;
/// Numbers that are counted, not timed: the same in every run, or nearly.
pub(crate) type Count = Box<dyn Fn() -> Result<Counts, String>>;

/// What a counting row counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
}

/// What a contender does.
pub(crate) enum Task {
    Time(Turn),
    Count(Count),
}

/// Somebody who takes part in a row.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) task: Task,
}

impl Contender {
    /// Is it ours?
    pub(crate) fn ours(&self) -> bool {
        self.name.starts_with("gimmal")
    }
}

/// What a goal is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Against {
    /// The best rival that takes part.
    Best,
    /// One contender; no verdict without it.
    This(&'static str),
    /// The best of these.
    BestOf(&'static [&'static str]),
    /// Nothing: how unevenly the threads were served.
    Shares,
    /// Nothing: the number itself.
    Absolute,
}

/// What a contender is to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) who: &'static str,
    pub(crate) against: Against,
    pub(crate) at_most: Option<f64>,
    pub(crate) at_least: Option<f64>,
}

/// What kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One thread: good to a few per cent.
    OneThread,
    /// Several threads: below 20 % it says nothing.
    Threads,
    /// The work is to wait: who keeps a CPU busy cannot lead.
    Waiting,
    /// Threads that sleep are woken: below 20 % it says nothing, and neither does the number of busy CPUs.
    Waking,
    /// Something waits beside threads that compute: below 20 % it says nothing, and the CPUs are the load's.
    Loaded,
    /// What is timed is the end of another process: below 20 % it says nothing, and the CPUs are this one's.
    Process,
    /// The other side is another process: below 20 % it says nothing, and the CPU time is this side's alone.
    Wire,
    /// Nothing is timed.
    Counting,
}

impl Kind {
    /// A difference of so many per cent says nothing.
    pub(crate) fn noise(self) -> f64 {
        match self {
            Kind::OneThread => 5.0,
            Kind::Threads
            | Kind::Waiting
            | Kind::Waking
            | Kind::Loaded
            | Kind::Process
            | Kind::Wire => 20.0,
            Kind::Counting => 0.0,
        }
    }
}

/// One row of the tables.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    pub(crate) load: Option<Load>,
    /// Turns last so many times as long, and with more than 1 there are a third as many rounds.
    pub(crate) stretch: u32,
    pub(crate) goals: Vec<Goal>,
    pub(crate) contenders: Vec<Contender>,
}

impl Row {
    pub(crate) fn new(kind: Kind, name: &'static str, about: &'static str) -> Self {
        Row {
            name,
            about,
            kind,
            load: None,
            stretch: 1,
            goals: Vec::new(),
            contenders: Vec::new(),
        }
    }

    /// The row runs beside this load.
    pub(crate) fn under(mut self, load: Load) -> Self {
        self.load = Some(load);
        self
    }

    /// A time slice is long for a turn: fewer and longer ones.
    pub(crate) fn stretched(mut self, times: u32) -> Self {
        self.stretch = times;
        self
    }

    /// `who` takes at most `ratio` times as long.
    pub(crate) fn goal(mut self, who: &'static str, against: Against, ratio: f64) -> Self {
        self.goals.push(Goal {
            who,
            against,
            at_most: Some(ratio),
            at_least: None,
        });
        self
    }

    /// `who` takes at least `ratio` times as long.
    pub(crate) fn behind(mut self, who: &'static str, against: Against, ratio: f64) -> Self {
        self.goals.push(Goal {
            who,
            against,
            at_most: None,
            at_least: Some(ratio),
        });
        self
    }
}

/// How the cost of an operation grows: a row for each size, called `curve/size`.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What the sizes count.
    pub(crate) over: &'static str,
    /// What an operation is.
    pub(crate) per: &'static str,
    pub(crate) unit: Unit,
    /// The sizes with their rows, the smallest one first.
    pub(crate) points: Vec<(usize, Row)>,
}

impl Curve {
    /// A curve without sizes, whose times are shown in nanoseconds.
    pub(crate) fn new(
        name: &'static str,
        about: &'static str,
        per: &'static str,
        over: &'static str,
    ) -> Self {
        Curve {
            name,
            about,
            over,
            per,
            unit: Unit::Nanoseconds,
            points: Vec::new(),
        }
    }

    /// Its times are shown in microseconds.
    pub(crate) fn in_micros(mut self) -> Self {
        self.unit = Unit::Microseconds;
        self
    }

    /// It has a row of this kind for each of these sizes.
    pub(crate) fn at(mut self, kind: Kind, sizes: &[usize]) -> Self {
        for size in sizes {
            // The watchdog keeps the name of the row that runs; there are as many names as rows.
            let name = format!("{}/{size}", self.name).leak();
            self.points.push((*size, Row::new(kind, name, self.about)));
        }
        self
    }

    /// A time slice is long for a turn: fewer and longer ones.
    pub(crate) fn stretched(mut self, times: u32) -> Self {
        for (_, row) in &mut self.points {
            row.stretch = times;
        }
        self
    }
}

/// A contender's name, and what a child process of that name does.
type Program = (&'static str, fn() -> i32);

/// The rows and the curves, in the order they are run.
pub(crate) struct Rows {
    rows: Vec<Row>,
    curves: Vec<Curve>,
    programs: Vec<Program>,
    absent: Vec<&'static str>,
    cpus: Option<(CoreId, CoreId)>,
}

impl Rows {
    pub(crate) fn new(rows: Vec<Row>, curves: Vec<Curve>, cpus: Option<(CoreId, CoreId)>) -> Self {
        Rows {
            rows,
            curves,
            programs: Vec::new(),
            absent: Vec::new(),
            cpus,
        }
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn curves(&self) -> &[Curve] {
        &self.curves
    }

    pub(crate) fn absent(&self) -> &[&'static str] {
        &self.absent
    }

    /// The two CPUs for pinned threads.
    pub(crate) fn cpus(&self) -> Option<(CoreId, CoreId)> {
        self.cpus
    }

    /// A library that was not compiled.
    pub(crate) fn miss(&mut self, library: &'static str) {
        self.absent.push(library);
    }

    /// What a child process with this contender's name does. It returns the status of the process.
    pub(crate) fn program(&mut self, name: &'static str, main: fn() -> i32) {
        self.programs.push((name, main));
    }

    /// Runs the program of this name in this process, and returns its status.
    pub(crate) fn play(&self, name: &str) -> Option<i32> {
        let (_, main) = self.programs.iter().find(|(known, _)| *known == name)?;
        Some(main())
    }

    /// A contender of a timed row.
    pub(crate) fn time(
        &mut self,
        row: &str,
        name: &'static str,
        turn: impl Fn(u64) -> Outcome + 'static,
    ) {
        self.add(
            row,
            Contender {
                name,
                task: Task::Time(Box::new(turn)),
            },
        );
    }

    /// A contender of a curve, at the sizes up to `at_most`: what it does there, by the size.
    pub(crate) fn grow<T: Fn(u64) -> Outcome + 'static>(
        &mut self,
        curve: &str,
        name: &'static str,
        at_most: usize,
        turn: impl Fn(usize) -> T,
    ) {
        let Some(found) = self.curves.iter().find(|found| found.name == curve) else {
            unreachable!("no curve is called {curve}")
        };
        let sizes: Vec<_> = found.points.iter().map(|(size, _)| *size).collect();
        for size in sizes {
            if size <= at_most {
                self.time(&format!("{curve}/{size}"), name, turn(size));
            }
        }
    }

    /// A contender of a counting row.
    pub(crate) fn count(
        &mut self,
        row: &str,
        name: &'static str,
        count: impl Fn() -> Result<Counts, String> + 'static,
    ) {
        self.add(
            row,
            Contender {
                name,
                task: Task::Count(Box::new(count)),
            },
        );
    }

    fn add(&mut self, row: &str, contender: Contender) {
        match self.all_mut().find(|found| found.name == row) {
            Some(row) => row.contenders.push(contender),
            None => unreachable!("no row is called {row}"),
        }
    }

    /// All rows, those of the curves too.
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        let points = self.curves.iter_mut().flat_map(|curve| &mut curve.points);
        self.rows.iter_mut().chain(points.map(|(_, row)| row))
    }

    /// Leaves out what was not asked for.
    pub(crate) fn keep(&mut self, args: &Args) {
        let fits = |name: &str, asked: &[String]| asked.iter().any(|part| name.contains(part));
        for row in self.all_mut() {
            row.contenders.retain(|one| !fits(one.name, &args.skip));
        }
        let is_asked = |row: &Row| {
            let asked = args.rows.is_empty() || fits(row.name, &args.rows);
            asked && !row.contenders.is_empty()
        };
        self.rows.retain(is_asked);
        for curve in &mut self.curves {
            let is_small = |size: usize| size <= args.at_most;
            let keeps = |(size, row): &(usize, Row)| is_small(*size) && is_asked(row);
            curve.points.retain(keeps);
        }
        self.curves.retain(|curve| !curve.points.is_empty());
    }
}
