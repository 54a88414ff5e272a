//! Everything: the checks of the harness, the models, the seeded faults, the claims.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::child::{self, End, Order};
use super::mutants::{self, Mutant};
use super::options::Options;
use super::report::Report;
use super::{Model, checks, explore, survey};

/// A model that takes more processor time than this is split, or marked `deep`.
const BUDGET_SECONDS: f64 = 20.0;
/// Limits are time on the clock, on a machine that may be busy with other things: twenty times what may be used of a processor.
/// Only what hangs waits for them.
const MODEL_LIMIT: Duration = Duration::from_secs(400);
const STEP_LIMIT: Duration = Duration::from_secs(100);
const DEEP_LIMIT: Duration = Duration::from_secs(4 * 3600);
/// The test that looks whether each claim in a `kills` is true.
const CLAIMS: &str = "mutant claims";

/// The main function: runs the models of these tables.
pub(crate) fn main(tables: &[&[Model]]) -> ExitCode {
    let models: Vec<Model> = tables.concat();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == "mutants" => return survey::mutants(rest, &models),
        Some((word, rest)) if word == "depth" => return survey::depth(rest, &models),
        _ => {}
    }
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(text) => return refuse(&text),
    };
    if let Ok(name) = std::env::var("GIMMAL_MODEL") {
        let mut known = models.iter().chain(checks::MODELS);
        return match known.find(|m| m.name() == name) {
            Some(model) => explore::explore(model, options.bound, options.cap),
            None => refuse(&format!("no model is called {name}")),
        };
    }
    if std::env::var_os("GIMMAL_MUTANT").is_some() {
        return refuse("GIMMAL_MUTANT is for one model: name it in GIMMAL_MODEL");
    }
    let suite = Suite {
        models,
        mutants: mutants::all(),
        options,
        report: Mutex::default(),
    };
    if suite.options.list {
        suite.list()
    } else {
        suite.run()
    }
}

fn refuse(text: &str) -> ExitCode {
    eprintln!("error: {text}");
    ExitCode::from(101)
}

/// Runs `work` on every item, `threads` at a time.
pub(crate) fn parallel<T: Sync>(items: &[T], threads: usize, work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

struct Suite {
    models: Vec<Model>,
    mutants: Vec<Mutant>,
    options: Options,
    report: Mutex<Report>,
}

impl Suite {
    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().expect("no panic while locked")
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(2, |n| n.get());
        self.options.threads.unwrap_or_else(cores)
    }

    /// Models that may run today, whether asked for or not.
    fn runnable(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(|m| self.options.deep || !m.deep)
    }

    /// The models that are asked for.
    fn wanted_models(&self) -> Vec<&Model> {
        self.runnable()
            .filter(|m| self.options.wants(&m.name(), &[]))
            .collect()
    }

    /// The faults that are asked for, but for those that only deep models claim, on a day that is not deep.
    fn wanted_mutants(&self) -> Vec<&Mutant> {
        let waits = |mutant: &Mutant| {
            let claims = |m: &Model| mutant.claimed_by(m);
            self.models.iter().any(claims) && !self.runnable().any(claims)
        };
        let wanted = |m: &&Mutant| self.options.wants(&m.name, &m.keys) && !waits(m);
        self.mutants.iter().filter(wanted).collect()
    }

    fn wants_claims(&self) -> bool {
        self.options.wants(CLAIMS, &[])
    }

    fn list(&self) -> ExitCode {
        let mut names: Vec<String> = self.wanted_models().iter().map(|m| m.name()).collect();
        names.extend(self.wanted_mutants().iter().map(|m| m.name.clone()));
        names.extend(self.wants_claims().then(|| CLAIMS.to_string()));
        for name in &names {
            println!("{name}: test");
        }
        if !self.options.terse {
            println!("\n{} tests, 0 benchmarks", names.len());
        }
        ExitCode::SUCCESS
    }

    fn run(&self) -> ExitCode {
        let begun = Instant::now();
        let (models, mutants) = (self.wanted_models(), self.wanted_mutants());
        // A fault may need models that are not asked for: they run too, but are not counted.
        let counted: Vec<String> = models.iter().map(|m| m.name()).collect();
        let needed = |m: &&Model| {
            counted.contains(&m.name())
                || self.wants_claims()
                || mutants.iter().any(|mutant| mutant.claimed_by(m))
        };
        let needed: Vec<&Model> = self.runnable().filter(needed).collect();
        let all = self.models.len() + self.mutants.len() + 1;
        let here = models.len() + mutants.len() + usize::from(self.wants_claims());
        println!("\nrunning {} tests", here + checks::names().len());
        for (name, result) in checks::run(&self.models, self.threads()) {
            self.report()
                .settle(true, &name, result.map(|()| "ok".to_string()));
        }
        parallel(&needed, self.threads(), |model| {
            let (name, result) = (model.name(), self.model(model));
            self.report().settle(counted.contains(&name), &name, result);
        });
        parallel(&mutants, self.threads(), |mutant| {
            let result = self.mutant(mutant);
            self.report().settle(true, &mutant.name, result);
        });
        if self.wants_claims() {
            let result = self.claims();
            self.report().settle(true, CLAIMS, result);
        }
        self.report().table();
        self.report().close(all - here, begun.elapsed())
    }

    fn order<'a>(&self, model: &'a str, mutant: Option<&'a str>, limit: Duration) -> Order<'a> {
        Order {
            mutant,
            bound: self.options.bound,
            ..Order::new(model, limit)
        }
    }

    /// Runs one model unmutated.
    fn model(&self, model: &Model) -> Result<String, String> {
        let name = model.name();
        let known = |kill: &str| self.mutants.iter().any(|m| m.has(kill));
        if let Some(kill) = model.kills.iter().find(|kill| !known(kill)) {
            return Err(format!(
                "`kills` names nothing that the sources have: {kill}"
            ));
        }
        let deep = self.options.bound.is_some() || model.deep;
        let limit = if deep { DEEP_LIMIT } else { MODEL_LIMIT };
        match child::run(&self.order(&name, None, limit)) {
            End::Passed(found) => {
                let (executions, seconds) = (found.executions, found.seconds);
                self.report().found.insert(name, found);
                if seconds > BUDGET_SECONDS && !deep {
                    return Err(format!(
                        "{seconds:.0} s of processor time: split it or mark it deep"
                    ));
                }
                Ok(format!("ok ({executions} executions, {seconds:.2} s)"))
            }
            End::Failed { why, output } => Err(format!("{why}\n{output}")),
            End::Hung { why, output } => Err(format!("{why}\n{output}")),
        }
    }

    /// Does this model, which passes unmutated in so many seconds, fail under this fault? How, or what happened instead.
    fn kills(&self, model: &Model, mutant: &Mutant, seconds: f64) -> Result<String, String> {
        let name = model.name();
        let least = if mutant.step { STEP_LIMIT } else { MODEL_LIMIT };
        let limit = least.max(Duration::from_secs_f64(seconds * 5.0));
        let verdict = match child::run(&self.order(&name, Some(&mutant.value), limit)) {
            End::Passed(_) => Err(format!("{name} passes")),
            End::Failed { why, .. } => Ok(format!("killed by {name}: {why}")),
            End::Hung { why, .. } if mutant.step => Ok(format!("killed (hang) by {name}: {why}")),
            End::Hung { why, .. } => Err(format!("no kill: {name}: {why}")),
        };
        self.report()
            .tried
            .insert((name, mutant.name.clone()), verdict.is_ok());
        verdict
    }

    /// Seeds one fault.
    fn mutant(&self, mutant: &Mutant) -> Result<String, String> {
        let mut ready: Vec<(bool, f64, &Model)> = Vec::new();
        let mut claimed = false;
        for model in self.runnable().filter(|m| mutant.claimed_by(m)) {
            claimed = true;
            let report = self.report();
            if let Some(found) = report.found.get(&model.name()) {
                let mut own = report.tried.iter().filter(|(key, _)| key.0 == model.name());
                let proven = own.any(|(_, killed)| *killed);
                ready.push((proven, found.seconds, model));
            }
        }
        if !claimed {
            return Err(format!(
                "no model claims to kill {}",
                mutant.keys.join(" or ")
            ));
        }
        // First those that have not shown yet that they kill anything, then the cheapest.
        ready.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut said = Vec::new();
        for (_, seconds, model) in ready {
            match self.kills(model, mutant, seconds) {
                Ok(words) => return Ok(words),
                Err(words) => said.push(words),
            }
        }
        if said.is_empty() {
            return Err("not tried: each model that claims it fails unmutated".to_string());
        }
        Err(format!(
            "SURVIVED: {}\nby hand: GIMMAL_MUTANT={}",
            said.join("; "),
            mutant.value
        ))
    }

    /// Is each claim true: does the model kill at least one fault of that edge or step?
    fn claims(&self) -> Result<String, String> {
        let mut claims: Vec<(&Model, f64, &str)> = Vec::new();
        for model in self.runnable() {
            if let Some(found) = self.report().found.get(&model.name()) {
                claims.extend(model.kills.iter().map(|kill| (model, found.seconds, *kill)));
            }
        }
        let wrong = Mutex::new(Vec::new());
        parallel(&claims, self.threads(), |&(model, seconds, kill)| {
            let faults = self.mutants.iter().filter(|m| m.has(kill));
            let (mut rest, mut proven) = (Vec::new(), false);
            for fault in faults {
                match self.report().tried.get(&(model.name(), fault.name.clone())) {
                    Some(killed) => proven |= killed,
                    None => rest.push(fault),
                }
            }
            if !proven
                && !rest
                    .into_iter()
                    .any(|m| self.kills(model, m, seconds).is_ok())
            {
                let words = format!("{} does not kill {kill}", model.name());
                wrong.lock().expect("no panic while locked").push(words);
            }
        });
        let wrong = wrong.into_inner().expect("no panic while locked");
        match wrong.len() {
            0 => Ok(format!("ok ({} claims)", claims.len())),
            n => Err(format!("{n} false claims\n{}", wrong.join("\n"))),
        }
    }
}
