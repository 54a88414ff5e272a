//! The survey against itself: small inputs with a known answer. Runs with the checks of the harness, always.

use std::collections::BTreeMap;

use super::super::Model;
use super::super::checks::MODELS;
use super::changed;
use super::faults::{self, Fault};
use super::runs::{Did, Limits, Runs};
use super::sites::{self, Site};
use super::table;
use super::text::{self, Slip};
use super::verdict::{self, Verdict};

/// The names of these checks.
pub(crate) const NAMES: [&str; 9] = [
    "survey_weakens_by_one_step",
    "survey_refuses_an_ordering_of_no_access",
    "survey_shows_a_kill_and_a_survivor",
    "survey_never_calls_a_capped_search_complete",
    "survey_sees_what_models_run_through",
    "survey_reads_a_diff",
    "survey_refuses_a_stale_table",
    "survey_slips_and_nothing_else",
    "table_of_mutants_is_current",
];

/// The results, in that order.
pub(crate) fn run(models: &[Model]) -> Vec<Result<(), String>> {
    vec![
        weakens(),
        stray(),
        kill_and_survivor(models),
        capped(models),
        runs_through(models),
        diff(),
        stale(),
        slips(),
        current(),
    ]
}

fn same<T: PartialEq + std::fmt::Debug>(is: T, wanted: T) -> Result<(), String> {
    match is == wanted {
        true => Ok(()),
        false => Err(format!("{is:?}, not {wanted:?}")),
    }
}

const SOURCE: &str = "use core::sync::atomic::Ordering::{Acquire, Relaxed};
fn look(&self) {
    self.word().load(Acquire); // E1
    (self.tail).load(Relaxed); // R: its own
    light::fence(SeqCst, true); // E2
    while self.x[0].compare_exchange(0, 1, AcqRel, Acquire).is_err() {} // E3
    step!(\"again\", self.word().load(Acquire)); // E1
}
";

fn weakens() -> Result<(), String> {
    let sites = sites::of("a/b.rs", SOURCE)?;
    let faults = faults::all(&sites);
    let listed: Vec<String> = faults
        .iter()
        .map(|f| format!("{} | {} | {}", f.site.name, f.what, f.value))
        .collect();
    let wanted = [
        "a/b.rs look: word().load(Acquire) | Acquire to Relaxed | a/b.rs:3:17@0=Relaxed",
        "a/b.rs look: light::fence(SeqCst) | SeqCst to AcqRel | a/b.rs:5:5@0=AcqRel",
        "a/b.rs look: light::fence(SeqCst) | left out | a/b.rs:5:5=Relaxed",
        "a/b.rs look: x[].compare_exchange(AcqRel, Acquire) | success AcqRel to Acquire | a/b.rs:6:21@0=Acquire",
        "a/b.rs look: x[].compare_exchange(AcqRel, Acquire) | success AcqRel to Release | a/b.rs:6:21@0=Release",
        "a/b.rs look: x[].compare_exchange(AcqRel, Acquire) | failure Acquire to Relaxed | a/b.rs:6:21@1=Relaxed",
        "a/b.rs look: word().load(Acquire) #2 | Acquire to Relaxed | a/b.rs:7:32@0=Relaxed",
        "step:again | skipped | step:again",
    ];
    same(listed, wanted.map(String::from).to_vec())?;
    let named = sites.iter().find(|s| s.reason == "its own");
    let named = named.map(|s| s.name.as_str());
    same(named, Some("a/b.rs look: tail.load(Relaxed)"))?;
    same(sites[0].keys.clone(), vec!["a/b.rs#E1".to_string()])
}

fn stray() -> Result<(), String> {
    match sites::of(
        "a.rs",
        "const O: Ordering = Ordering::Acquire;\nfn f() { x.load(O); }\n",
    ) {
        Err(text) if text.contains("names 1 orderings, of which 0") => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn quick() -> Runs {
    let limits = Limits {
        bound: None,
        cap: 60,
    };
    Runs::of(None, limits)
}

fn named<'a>(models: &'a [Model], name: &str) -> Result<&'a Model, String> {
    let mut all = models.iter().chain(MODELS);
    all.find(|m| m.name() == name)
        .ok_or(format!("no model is called {name}"))
}

/// The Release of the SPSC ring's push.
fn publish() -> Result<Fault, String> {
    let faults = faults::all(&sites::all()?);
    let edge = "ring/spsc/protocol.rs#E1".to_string();
    let mut own = faults.into_iter();
    own.find(|f| f.site.keys.contains(&edge) && f.what == "Release to Relaxed")
        .ok_or("no such fault".to_string())
}

fn kill_and_survivor(models: &[Model]) -> Result<(), String> {
    let (runs, fault) = (quick(), publish()?);
    let judge = |name: &str| {
        let model = named(models, name)?;
        verdict::judge(&runs, &fault, &[(model, 0.1)], || true)
    };
    let reason = "one thread needs no order".to_string();
    match judge("ring/spsc/protocol::e1_push_publishes_to_pop")? {
        killed @ Verdict::Killed { execution: 1.., .. } => {
            let row = table::row(&fault, &killed, None);
            same(
                (row.by.contains("e1_push"), row.how.as_str()),
                (true, "race"),
            )?;
        }
        other => return Err(format!("not killed: {other:?}")),
    }
    // The same ring, with nobody beside.
    match judge("harness/checks::uses_the_shim")? {
        survived @ Verdict::Survived {
            models: 1,
            executions: 1,
        } => {
            same(survived.words().contains("SURVIVED"), true)?;
            let row = table::row(&fault, &survived, None);
            same(row.by, table::UNEXPLAINED.to_string())?;
            let row = table::row(&fault, &survived, Some(&reason));
            same(row.by, format!("nothing: {reason}"))?;
        }
        other => return Err(format!("not shown as a survivor: {other:?}")),
    }
    let nobody = verdict::judge(&runs, &fault, &[], || true)?;
    same(nobody, Verdict::Unreached)?;
    let model = named(models, "harness/checks::uses_the_shim")?;
    let late = verdict::judge(&runs, &fault, &[(model, 0.1)], || false)?;
    same(late, Verdict::Undecided { models: 0 })
}

fn capped(models: &[Model]) -> Result<(), String> {
    let limits = Limits {
        bound: None,
        cap: 0,
    };
    let runs = Runs::of(None, limits);
    let name = "ring/mpmc::three_parties";
    // No time at all: it ends before its first execution.
    let did = runs.run(name, None, 0.0)?;
    match did {
        Did::Capped {
            executions: 0..=5000,
            ..
        } => {}
        other => return Err(format!("not capped: {other:?}")),
    }
    let fault = publish()?;
    let verdict = verdict::judge(&runs, &fault, &[(named(models, name)?, 0.0)], || true)?;
    same(verdict, Verdict::Capped { models: 1 })
}

fn runs_through(models: &[Model]) -> Result<(), String> {
    let reach = quick().reach(named(models, "harness/checks::uses_the_shim")?)?;
    let publish = publish()?.site.told();
    same(
        (reach.executions, reach.sites.contains(&publish)),
        (1, true),
    )?;
    let scanned: Vec<String> = sites::all()?.iter().map(Site::told).collect();
    match reach.sites.iter().find(|site| !scanned.contains(site)) {
        None => Ok(()),
        Some(site) => Err(format!("the scan does not have {site}")),
    }
}

fn diff() -> Result<(), String> {
    let diff = "--- a/a/b.rs\n+++ b/a/b.rs\n@@ -3 +3,2 @@ fn look\n-x\n+y\n+z\n@@ -20,2 +21,0 @@\n-u\n-v\n";
    let lines = changed::read(diff);
    same(
        lines.clone(),
        BTreeMap::from([("a/b.rs".to_string(), vec![(3, 4), (21, 22)])]),
    )?;
    let sites = sites::of("a/b.rs", SOURCE)?;
    same(changed::touched(&sites, &lines).len(), sites.len())?;
    let other = sites::of("c.rs", SOURCE)?;
    same(changed::touched(&other, &lines).len(), 0)
}

fn stale() -> Result<(), String> {
    let faults = faults::all(&sites::of("a/b.rs", SOURCE)?);
    let killed = Verdict::Killed {
        model: "a/b::e1".to_string(),
        execution: 3,
        how: "race".to_string(),
    };
    let lone = Verdict::Survived {
        models: 2,
        executions: 9,
    };
    let reason = "nobody looks".to_string();
    let mut rows = BTreeMap::new();
    for fault in &faults {
        rows.insert(fault.key(), table::row(fault, &killed, None));
    }
    rows.insert(
        faults[0].key(),
        table::row(&faults[0], &lone, Some(&reason)),
    );
    let (site, what) = faults[0].key();
    let survivors = table::read_survivors(&format!("# why\n{site} | {what} | {reason}\n"))?;
    same(table::complaints(&faults, &rows, &survivors), Vec::new())?;
    let finds = |rows: &BTreeMap<_, _>, survivors: &BTreeMap<_, _>, part: &str| {
        let said = table::complaints(&faults, rows, survivors);
        match said.iter().any(|s| s.contains(part)) {
            true => Ok(()),
            false => Err(format!("{part}: {said:?}")),
        }
    };
    // A new site, one that is gone, a survivor that is gone, and one that is killed by now.
    let mut less = rows.clone();
    less.remove(&faults[1].key());
    finds(&less, &survivors, "no row")?;
    let mut more = rows.clone();
    more.insert(
        ("gone".into(), "skipped".into()),
        rows[&faults[0].key()].clone(),
    );
    finds(&more, &survivors, "what the sources have not")?;
    let mut gone = survivors.clone();
    gone.insert(("gone".into(), "skipped".into()), reason.clone());
    finds(&rows, &gone, "stale")?;
    let mut found = rows.clone();
    found.insert(
        faults[0].key(),
        table::row(&faults[0], &killed, Some(&reason)),
    );
    finds(&found, &survivors, "MUTANTS.md says: a/b::e1")?;
    finds(&rows, &BTreeMap::new(), "survivors.txt does not")
}

fn slips() -> Result<(), String> {
    let source = "fn f<T: A + B>(x: Vec<T>) -> bool {\n    // a < b\n    if !x.is_empty() && y < z + 1 { panic!(\"a == b\") }\n}\n";
    let slip = |line, col, was: &str, is: &str| Slip {
        line,
        col,
        was: was.into(),
        is: is.into(),
    };
    let wanted = vec![
        slip(3, 8, "!", ""),
        slip(3, 22, "&&", "||"),
        slip(3, 27, "<", "<="),
        slip(3, 31, "+ 1", "+ 2"),
    ];
    same(text::slips(source), wanted.clone())?;
    let changed = text::slipped(source, &wanted[2]);
    same(changed, source.replace("y < z", "y <= z"))
}

/// The files beside the sources say what the sources say.
fn current() -> Result<(), String> {
    let faults = faults::all(&sites::all()?);
    let wrong = table::complaints(&faults, &table::rows()?, &table::survivors()?);
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{} complaints\n{}", wrong.len(), wrong.join("\n"))),
    }
}
