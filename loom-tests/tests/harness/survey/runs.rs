//! Runs models under faults, and keeps what they did, so that an interrupted survey goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use super::super::Model;
use super::super::child::{self, ENDLESS, End, Order};
use super::super::explore::struck;
use super::super::mutants::{root, rust_files};

/// What a model did under a fault.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Did {
    Passed {
        executions: u64,
    },
    /// It failed, in this execution: a kill.
    Failed {
        execution: u64,
        how: String,
    },
    /// Its time was over: neither.
    Capped {
        executions: u64,
        seconds: u64,
    },
}

/// What an unmutated model runs through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    pub(crate) executions: u64,
    pub(crate) seconds: f64,
    pub(crate) sites: BTreeSet<String>,
}

/// How models are run.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) bound: Option<usize>,
    /// Seconds that a model may take under a fault, if it takes less than a fifth of them without.
    pub(crate) cap: u64,
}

/// One line of the file for each run.
pub(crate) struct Runs {
    limits: Limits,
    /// The other program that has the models, if it is not this one.
    binary: Option<PathBuf>,
    directory: PathBuf,
    common: u64,
    known: Mutex<BTreeMap<String, String>>,
    /// Is what was found with other sources believed?
    trust: bool,
    file: Option<Mutex<File>>,
}

/// `target/mutants`, where the build of this program stands in `target/debug/deps`.
pub(crate) fn directory() -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let target = own.ancestors().nth(3).expect("a target directory");
    target.join("mutants")
}

/// A hash of the models' common sources: those of the core, and of what all models use.
fn common_sources() -> u64 {
    let tests = root().join("../../loom-tests/tests");
    let mut hasher = DefaultHasher::new();
    for file in rust_files(&root()) {
        read(&root().join(&file)).hash(&mut hasher);
    }
    for file in rust_files(&tests) {
        let own = ["support/", "harness/explore.rs", "harness/mod.rs"];
        if own.iter().any(|o| file.starts_with(o)) || file.ends_with("/mod.rs") {
            read(&tests.join(&file)).hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

impl Runs {
    /// Opens the file of earlier runs, or begins it if it is to be forgotten.
    pub(crate) fn open(limits: Limits, fresh: bool, trust: bool) -> Result<Runs, String> {
        let directory = directory();
        fs::create_dir_all(&directory).map_err(|e| format!("{}: {e}", directory.display()))?;
        let path = directory.join("runs.tsv");
        let mut known = BTreeMap::new();
        if fresh {
            // An error means that there are none.
            let _ = fs::remove_file(&path);
        }
        // A line without an end was being written when the run was interrupted.
        let text = read(&path);
        for line in text.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
            let mut parts = line.trim_end().splitn(4, '\t');
            if let (Some(a), Some(b), Some(c), Some(rest)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            {
                if trust {
                    known.insert(format!("{b}\t{c}"), rest.to_string());
                }
                known.insert(format!("{a}\t{b}\t{c}"), rest.to_string());
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let mut file = file.map_err(|e| format!("{}: {e}", path.display()))?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(Runs {
            limits,
            binary: None,
            directory,
            common: common_sources(),
            known: Mutex::new(known),
            trust,
            file: Some(Mutex::new(file)),
        })
    }

    /// Runs of another program, of which nothing is kept.
    pub(crate) fn of(binary: Option<PathBuf>, limits: Limits) -> Runs {
        Runs {
            limits,
            binary,
            directory: std::env::temp_dir(),
            common: 0,
            known: Mutex::default(),
            trust: false,
            file: None,
        }
    }

    /// The beginning of the line of such a run.
    fn key(&self, model: &Model, fault: &str) -> String {
        let tests = root().join("../../loom-tests/tests");
        let mut hasher = DefaultHasher::new();
        self.common.hash(&mut hasher);
        self.limits.bound.hash(&mut hasher);
        read(&tests.join(format!("{}.rs", model.path()))).hash(&mut hasher);
        format!("{:016x}\t{}\t{fault}", hasher.finish(), model.name())
    }

    fn known(&self, key: &str) -> Option<String> {
        let known = self.known.lock().expect("no panic while locked");
        let rest = known.get(key);
        let (_, name) = key.split_once('\t')?;
        let other = || known.get(name).filter(|_| self.trust);
        rest.or_else(other).cloned()
    }

    fn keep(&self, key: String, rest: String) {
        if let Some(file) = &self.file {
            let mut file = file.lock().expect("no panic while locked");
            writeln!(file, "{key}\t{rest}").expect("room for what was found");
        }
        let mut known = self.known.lock().expect("no panic while locked");
        known.insert(key, rest);
    }

    /// What this model does under this fault. `seconds` is what it takes without.
    pub(crate) fn under(&self, model: &Model, fault: &str, seconds: f64) -> Result<Did, String> {
        let key = self.key(model, fault);
        if let Some(did) = self.known(&key).and_then(|rest| Did::read(&rest))
            && !matches!(did, Did::Capped { seconds, .. } if seconds < self.limits.cap)
        {
            return Ok(did);
        }
        let did = self.run(&model.name(), Some(fault), seconds)?;
        self.keep(key, did.line());
        Ok(did)
    }

    /// Runs a model, of which nothing is kept.
    pub(crate) fn run(
        &self,
        model: &str,
        fault: Option<&str>,
        seconds: f64,
    ) -> Result<Did, String> {
        let cap = (seconds * 5.0).max(self.limits.cap as f64);
        let end = child::run(&Order {
            binary: self.binary.as_deref(),
            mutant: fault,
            bound: self.limits.bound,
            cap: Some(Duration::from_secs_f64(cap)),
            ..Order::new(model, Duration::from_secs_f64(cap * 1.5 + 10.0))
        });
        let seconds = self.limits.cap;
        match end {
            End::Passed(found) if found.capped => Ok(Did::Capped {
                executions: found.executions,
                seconds,
            }),
            End::Passed(found) => Ok(Did::Passed {
                executions: found.executions,
            }),
            End::Hung { why, .. } if !why.contains(ENDLESS) => Ok(Did::Capped {
                executions: 0,
                seconds,
            }),
            // Not the fault's doing.
            End::Failed { why, .. } if why.contains("GIMMAL_") || why.contains("signal: 9") => {
                Err(format!("{model}: {why}"))
            }
            End::Failed { why, output } | End::Hung { why, output } => Ok(Did::Failed {
                execution: struck(&output).unwrap_or(0),
                how: how(&why),
            }),
        }
    }

    /// What this model runs through, unmutated. An error if it does not pass.
    pub(crate) fn reach(&self, model: &Model) -> Result<Reach, String> {
        let key = self.key(model, "reach");
        if let Some(reach) = self.known(&key).and_then(|rest| Reach::read(&rest)) {
            return Ok(reach);
        }
        let name = model.name();
        // Several may ask for the same model at once.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let sites = format!("sites-{}-{number}", std::process::id());
        let sites = self.directory.join(sites);
        let end = child::run(&Order {
            bound: self.limits.bound,
            sites: Some(&sites),
            ..Order::new(&name, Duration::from_secs(4 * 3600))
        });
        let found = match end {
            End::Passed(found) => found,
            End::Failed { why, .. } | End::Hung { why, .. } => {
                return Err(format!("{name} fails unmutated: {why}"));
            }
        };
        // A model may run through nothing: then the shim never opens the file.
        let text = read(&sites);
        let _ = fs::remove_file(&sites);
        let reach = Reach {
            executions: found.executions,
            seconds: found.seconds,
            sites: text.lines().map(String::from).collect(),
        };
        self.keep(key, reach.line());
        Ok(reach)
    }
}

/// How a model failed, in one word.
pub(crate) fn how(why: &str) -> String {
    let words = [
        ("Causality violation", "race"),
        ("deadlock", "deadlock"),
        (ENDLESS, "livelock"),
        ("not declared", "outcome"),
        ("held twice", "race"),
        ("let go without", "race"),
        ("leaked", "leak"),
    ];
    let word = words.iter().find(|(part, _)| why.contains(part));
    word.map_or("assertion", |(_, word)| word).to_string()
}

impl Did {
    fn line(&self) -> String {
        match self {
            Did::Passed { executions } => format!("passed\t{executions}"),
            Did::Failed { execution, how } => format!("failed\t{execution}\t{how}"),
            Did::Capped {
                executions,
                seconds,
            } => format!("capped\t{executions}\t{seconds}"),
        }
    }

    fn read(line: &str) -> Option<Did> {
        let mut parts = line.split('\t');
        let word = parts.next()?;
        let number = parts.next()?.parse().ok()?;
        match word {
            "passed" => Some(Did::Passed { executions: number }),
            "failed" => Some(Did::Failed {
                execution: number,
                how: parts.next()?.to_string(),
            }),
            "capped" => Some(Did::Capped {
                executions: number,
                seconds: parts.next()?.parse().ok()?,
            }),
            _ => None,
        }
    }
}

impl Reach {
    fn line(&self) -> String {
        let sites: Vec<&str> = self.sites.iter().map(String::as_str).collect();
        format!(
            "{}\t{:.3}\t{}",
            self.executions,
            self.seconds,
            sites.join(";")
        )
    }

    fn read(line: &str) -> Option<Reach> {
        let mut parts = line.split('\t');
        let executions = parts.next()?.parse().ok()?;
        let seconds = parts.next()?.parse().ok()?;
        let sites = parts.next().unwrap_or_default();
        let sites = sites.split(';').filter(|s| !s.is_empty());
        Some(Reach {
            executions,
            seconds,
            sites: sites.map(String::from).collect(),
        })
    }
}
