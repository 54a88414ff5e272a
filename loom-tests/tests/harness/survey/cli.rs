//! The program `mutants`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::super::Model;
use super::super::options;
use super::super::run::parallel;
use super::faults::{self, Fault};
use super::progress::Progress;
use super::runs::{Limits, Reach, Runs};
use super::sites::{self, Site};
use super::table::{self, Key, Row};
use super::verdict::{self, Verdict};
use super::{changed, text};

#[derive(Clone, Debug)]
struct Asked {
    list: bool,
    relaxed: bool,
    check: bool,
    missing: bool,
    write: bool,
    fresh: bool,
    trust: bool,
    deep: bool,
    /// Compare with this revision; an empty one is to be found.
    changed: Option<String>,
    sites: Vec<String>,
    text: Option<usize>,
    seed: u64,
    jobs: usize,
    cap: u64,
    budget: Option<Duration>,
    bound: Option<usize>,
}

fn read(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked {
        list: false,
        relaxed: false,
        check: false,
        missing: false,
        write: false,
        fresh: false,
        trust: false,
        deep: false,
        changed: None,
        sites: Vec::new(),
        text: None,
        seed: 1,
        jobs: std::thread::available_parallelism().map_or(2, |n| n.get()),
        cap: 60,
        budget: None,
        bound: None,
    };
    let mut rest = arguments.iter().peekable();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{flag} needs a value"));
        let number = |text: &String| {
            text.parse::<u64>()
                .map_err(|_| format!("{flag}: not a number: {text}"))
        };
        match flag.as_str() {
            "--list" => asked.list = true,
            "--relaxed" => asked.relaxed = true,
            "--check" => asked.check = true,
            "--missing" => asked.missing = true,
            "--write" => asked.write = true,
            "--fresh" => asked.fresh = true,
            "--trust" => asked.trust = true,
            "--deep" => asked.deep = true,
            "--changed" => {
                let revision = rest.next_if(|next| !next.starts_with('-'));
                asked.changed = Some(revision.cloned().unwrap_or_default());
            }
            "--site" => asked.sites.push(value()?.clone()),
            "--text" => asked.text = Some(number(value()?)? as usize),
            "--seed" => asked.seed = number(value()?)?,
            "-j" | "--jobs" => asked.jobs = number(value()?)?.max(1) as usize,
            "--cap" => asked.cap = number(value()?)?,
            "--budget" => asked.budget = Some(Duration::from_secs(number(value()?)?)),
            "--bound" => asked.bound = Some(options::bound(value()?)?),
            other => return Err(format!("unknown: {other}")),
        }
    }
    Ok(asked)
}

/// Runs the program on these models.
pub(crate) fn main(arguments: &[String], models: &[Model]) -> ExitCode {
    let said = read(arguments).and_then(|asked| {
        let survey = Survey {
            models: models
                .iter()
                .filter(|m| asked.deep || !m.deep)
                .copied()
                .collect(),
            limits: Limits {
                bound: asked.bound,
                cap: asked.cap,
            },
            asked,
            begun: Instant::now(),
        };
        survey.main()
    });
    match said {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::from(101)
        }
    }
}

struct Survey {
    asked: Asked,
    models: Vec<Model>,
    limits: Limits,
    begun: Instant,
}

impl Survey {
    fn main(&self) -> Result<bool, String> {
        let sites = sites::all()?;
        let faults = faults::all(&sites);
        if let Some(number) = self.asked.text {
            let runs = self.runs()?;
            let reach = self.reach(&runs, &sites)?;
            return text::run(number, self.asked.seed, &self.limits, &self.models, &reach);
        }
        if self.asked.list {
            for fault in &faults {
                println!("{}  {}  {}", fault.value, fault.site.name, fault.what);
            }
            println!("{} sites, {} faults", sites.len(), faults.len());
            return Ok(true);
        }
        if self.asked.relaxed {
            return self.relaxed(&sites);
        }
        if self.asked.check {
            return complain(&table::complaints(
                &faults,
                &table::rows()?,
                &table::survivors()?,
            ));
        }
        match &self.asked.changed {
            Some(revision) => self.changed(revision, &sites),
            None => self.all(&sites, &faults),
        }
    }

    fn runs(&self) -> Result<Runs, String> {
        Runs::open(self.limits.clone(), self.asked.fresh, self.asked.trust)
    }

    fn in_time(&self) -> bool {
        self.asked
            .budget
            .is_none_or(|budget| self.begun.elapsed() < budget)
    }

    /// What each model runs through, checked against the scan.
    fn reach(&self, runs: &Runs, sites: &[Site]) -> Result<BTreeMap<String, Reach>, String> {
        let progress = Progress::new("models run unmutated", self.models.len());
        let results = Mutex::new(Vec::new());
        parallel(&self.models, self.asked.jobs, |model| {
            let result = runs.reach(model).map(|reach| (model.name(), reach));
            progress.step("");
            results.lock().expect("no panic while locked").push(result);
        });
        let results = results.into_inner().expect("no panic while locked");
        let reach = results.into_iter().collect::<Result<BTreeMap<_, _>, _>>()?;
        let told: BTreeSet<&String> = reach.values().flat_map(|r| &r.sites).collect();
        let scanned: BTreeSet<String> = sites.iter().map(Site::told).collect();
        let unknown: Vec<_> = told.iter().filter(|t| !scanned.contains(**t)).collect();
        if !unknown.is_empty() {
            return Err(format!(
                "models run through what the scan does not have: {unknown:?}"
            ));
        }
        println!(
            "{} sites in the sources, {} of them seen by {} models",
            sites.len(),
            told.len(),
            reach.len()
        );
        for site in sites.iter().filter(|s| !told.contains(&s.told())) {
            println!("UNREACHED {}  {}", site.place, site.name);
        }
        Ok(reach)
    }

    /// The Relaxed operations: why, and how many models rely on them being enough.
    fn relaxed(&self, sites: &[Site]) -> Result<bool, String> {
        let reach = self.reach(&self.runs()?, sites)?;
        let (mut number, mut without, mut unreached) = (0, 0, 0);
        for site in sites {
            let relaxed = site.orderings.iter().filter(|o| *o == "Relaxed").count();
            if relaxed == 0 {
                continue;
            }
            number += relaxed;
            without += usize::from(site.reason.is_empty());
            let told = site.told();
            let models = reach.values().filter(|r| r.sites.contains(&told)).count();
            unreached += usize::from(models == 0);
            println!("{}  {models} models  R: {}", site.name, site.reason);
        }
        println!(
            "{number} Relaxed orderings: {without} without a reason, {unreached} at sites that no model runs through"
        );
        Ok(without == 0)
    }

    fn wanted(&self, fault: &Fault, rows: &BTreeMap<Key, Row>) -> bool {
        let mut parts = self.asked.sites.iter();
        let named = self.asked.sites.is_empty()
            || parts.any(|part| fault.site.name.contains(part) || fault.value.contains(part));
        let missing = rows
            .get(&fault.key())
            .is_none_or(|row| row.by == table::UNEXPLAINED);
        named && (!self.asked.missing || missing)
    }

    /// Everything that is asked for, against all models that reach it.
    fn all(&self, sites: &[Site], faults: &[Fault]) -> Result<bool, String> {
        // The first table has none before it.
        let mut rows = table::rows().unwrap_or_default();
        let survivors = table::survivors()?;
        let runs = self.runs()?;
        let wanted: Vec<Fault> = faults
            .iter()
            .filter(|f| self.wanted(f, &rows))
            .cloned()
            .collect();
        // First the models that claim it: most faults end there, and the others need not be timed.
        let claims = |fault: &Fault| {
            let claims = self.models.iter().filter(|m| fault.claimed_by(m));
            let mut reached = Vec::new();
            for model in claims {
                let reach = runs.reach(model)?;
                if reach.sites.contains(&fault.site.told()) {
                    reached.push((model, reach.seconds));
                }
            }
            Ok(verdict::order(fault, reached))
        };
        let mut verdicts = self.try_out(&runs, &wanted, claims, &survivors, false)?;
        let killed = |v: &Verdict| matches!(v, Verdict::Killed { .. });
        let whole = self.asked.sites.is_empty() && !self.asked.missing;
        if whole || !verdicts.iter().all(killed) {
            let reach = self.reach(&runs, sites)?;
            let models = |fault: &Fault| {
                let told = fault.site.told();
                let models = self.models.iter().filter_map(|model| {
                    let reach = &reach[&model.name()];
                    let there = reach.sites.contains(&told);
                    there.then_some((model, reach.seconds))
                });
                Ok(verdict::order(fault, models.collect()))
            };
            let places: Vec<usize> = (0..wanted.len())
                .filter(|&i| !killed(&verdicts[i]))
                .collect();
            let left: Vec<Fault> = places.iter().map(|&i| wanted[i].clone()).collect();
            let found = self.try_out(&runs, &left, models, &survivors, true)?;
            for (place, verdict) in places.into_iter().zip(found) {
                verdicts[place] = verdict;
            }
        }
        let mut good = true;
        for (fault, verdict) in wanted.iter().zip(&verdicts) {
            let reason = survivors.get(&fault.key());
            if killed(verdict) == reason.is_some() {
                good = false;
                let (site, what) = fault.key();
                match killed(verdict) {
                    true => println!(
                        "STALE in survivors.txt: {site}, {what}: {}",
                        verdict.words()
                    ),
                    false => println!("UNEXPLAINED {site}, {what}: {}", verdict.words()),
                }
            }
            rows.insert(fault.key(), table::row(fault, verdict, reason));
        }
        let number = verdicts.iter().filter(|v| killed(v)).count();
        println!(
            "{} faults: {number} killed, {} not",
            verdicts.len(),
            verdicts.len() - number
        );
        if self.asked.write {
            rows.retain(|key, _| faults.iter().any(|f| f.key() == *key));
            table::explain(&mut rows, &survivors);
            table::write(faults, &rows)?;
        }
        let mut wrong = table::complaints(faults, &rows, &survivors);
        if !self.asked.write && self.asked.sites.is_empty() {
            wrong.extend(table::complaints(
                faults,
                &table::rows().unwrap_or_default(),
                &survivors,
            ));
        }
        Ok(complain(&wrong)? && good)
    }

    /// Judges faults, several at a time, and prints each verdict; those that are killed only, unless this is the last try.
    fn try_out<'a>(
        &'a self,
        runs: &Runs,
        faults: &[Fault],
        models: impl Fn(&Fault) -> Result<Vec<(&'a Model, f64)>, String> + Sync,
        survivors: &BTreeMap<Key, String>,
        last: bool,
    ) -> Result<Vec<Verdict>, String> {
        let progress = Progress::new("faults", faults.len());
        let places: Vec<usize> = (0..faults.len()).collect();
        let verdicts = Mutex::new(vec![Ok(Verdict::Unreached); faults.len()]);
        let stop = AtomicBool::new(false);
        parallel(&places, self.asked.jobs, |&place| {
            if stop.load(Relaxed) {
                return;
            }
            let fault = &faults[place];
            let verdict = models(fault)
                .and_then(|models| verdict::judge(runs, fault, &models, || self.in_time()));
            stop.fetch_or(verdict.is_err(), Relaxed);
            let silent = |v: &Verdict| !last && !matches!(v, Verdict::Killed { .. });
            if verdict.as_ref().is_ok_and(silent) {
                progress.step("");
            } else if let Ok(verdict) = &verdict {
                let edges = match fault.site.is_step() {
                    true => String::new(),
                    false => format!("  [{}]", fault.site.keys.join(", ")),
                };
                let why = survivors.get(&fault.key());
                let why = why.map_or(String::new(), |why| format!(" ({why})"));
                let (place, name) = (&fault.site.place, &fault.site.name);
                let text = format!(
                    "{place}  {name}{edges}  {}: {}",
                    fault.what,
                    verdict.words()
                );
                progress.step(&format!("{text}{why}"));
            }
            verdicts.lock().expect("no panic while locked")[place] = verdict;
        });
        let verdicts = verdicts.into_inner().expect("no panic while locked");
        verdicts.into_iter().collect()
    }

    /// The functions that a diff touches, each fault first against the model that the table names.
    fn changed(&self, revision: &str, sites: &[Site]) -> Result<bool, String> {
        let lines = match revision {
            "" => changed::base().and_then(|base| Ok((changed::lines(&base)?, base))),
            named => changed::lines(named).map(|lines| (lines, named.to_string())),
        };
        let (rows, survivors) = (table::rows()?, table::survivors()?);
        let stale = table::complaints(&faults::all(sites), &rows, &survivors);
        let (touched, revision) = match lines {
            Ok((lines, revision)) => (changed::touched(sites, &lines), revision),
            Err(why) if revision.is_empty() => {
                println!("all sites count as changed: {why}");
                (sites.to_vec(), "ever".to_string())
            }
            Err(why) => return Err(why),
        };
        if touched.is_empty() {
            println!("no ordering, fence or step in a function that changed since {revision}");
            return complain(&stale);
        }
        let faults = faults::all(&touched);
        println!(
            "since {revision}: {} sites in changed functions, {} faults",
            touched.len(),
            faults.len()
        );
        let runs = self.runs()?;
        let models = |fault: &Fault| {
            let row = rows.get(&fault.key());
            // The distance of a model from the site stands for its price: nothing was timed.
            let distance = |model: &Model| {
                let path = fault.site.file.trim_end_matches(".rs");
                let (own, up) = (model.path(), path.rsplit_once('/').map_or(path, |p| p.0));
                if own == path {
                    1.0
                } else if own.starts_with(up) {
                    2.0
                } else {
                    3.0
                }
            };
            let models = self.models.iter().map(|m| (m, distance(m)));
            let mut models = verdict::order(fault, models.collect());
            if survivors.contains_key(&fault.key()) {
                // Known to be found by nobody: those that could be expected to are asked again.
                models.retain(|(m, _)| fault.claimed_by(m));
            }
            models.sort_by_key(|(m, _)| row.is_none_or(|row| row.by != m.name()));
            Ok(models)
        };
        let verdicts = self.try_out(&runs, &faults, models, &survivors, true)?;
        let mut wrong = stale;
        let mut undecided = 0;
        for (fault, verdict) in faults.iter().zip(&verdicts) {
            let known = survivors.contains_key(&fault.key());
            let before = rows.get(&fault.key()).map(|row| row.by.as_str());
            let (site, what) = fault.key();
            match verdict {
                Verdict::Killed { .. } if known => {
                    wrong.push(format!("STALE in survivors.txt: {site}, {what}"));
                }
                Verdict::Killed { .. } => {}
                Verdict::Undecided { .. } => undecided += 1,
                // Found once, or never tried: then somebody has to look.
                _ if !known && before != Some(table::UNEXPLAINED) => {
                    wrong.push(format!("{site}, {what}: {}", verdict.words()));
                }
                _ => {}
            }
        }
        if undecided > 0 {
            println!(
                "out of time: {undecided} of {} faults not decided",
                faults.len()
            );
        }
        complain(&wrong)
    }
}

/// Prints what is wrong, and says whether nothing is.
fn complain(wrong: &[String]) -> Result<bool, String> {
    for line in wrong {
        println!("WRONG {line}");
    }
    Ok(wrong.is_empty())
}
