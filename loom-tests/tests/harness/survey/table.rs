//! The two files beside the sources: `MUTANTS.md`, written by the survey, and `survivors.txt`, written by people.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::faults::Fault;
use super::verdict::Verdict;

/// Site and change.
pub(crate) type Key = (String, String);

fn beside(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn load(name: &str) -> Result<String, String> {
    fs::read_to_string(beside(name)).map_err(|e| format!("loom-tests/{name}: {e}"))
}

/// A row of the table, as far as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) edges: String,
    /// The model, or what stands instead of one.
    pub(crate) by: String,
    pub(crate) execution: String,
    pub(crate) how: String,
}

const BEGIN: &str = "| site | edge | fault | found by | execution | how |";
/// Begins the cell of a fault that nothing finds, and that has a reason.
const REDUNDANT: &str = "nothing: ";
/// The cell of one that has none.
pub(crate) const UNEXPLAINED: &str = "**nothing, unexplained**";

/// The rows of the table in `MUTANTS.md`.
pub(crate) fn rows() -> Result<BTreeMap<Key, Row>, String> {
    read(&load("MUTANTS.md")?)
}

pub(crate) fn read(text: &str) -> Result<BTreeMap<Key, Row>, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = line
            .trim_start_matches("| ")
            .trim_end_matches(" |")
            .split(" | ")
            .collect();
        let &[site, edges, fault, by, execution, how] = cells.as_slice() else {
            return Err(format!("MUTANTS.md: not a row: {line}"));
        };
        let key = (site.trim_matches('`').to_string(), fault.to_string());
        let row = Row {
            edges: edges.to_string(),
            by: by.trim_matches('`').to_string(),
            execution: execution.to_string(),
            how: how.to_string(),
        };
        if found.insert(key, row).is_some() {
            return Err(format!("MUTANTS.md: twice: {line}"));
        }
    }
    Ok(found)
}

/// The faults that nothing has to find, with the reason of each.
pub(crate) fn survivors() -> Result<BTreeMap<Key, String>, String> {
    read_survivors(&load("survivors.txt")?)
}

pub(crate) fn read_survivors(text: &str) -> Result<BTreeMap<Key, String>, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = line.splitn(3, " | ").collect();
        let &[site, fault, reason] = parts.as_slice() else {
            return Err(format!(
                "survivors.txt: not `site | fault | reason`: {line}"
            ));
        };
        if found
            .insert((site.into(), fault.into()), reason.to_string())
            .is_some()
        {
            return Err(format!("survivors.txt: twice: {line}"));
        }
    }
    Ok(found)
}

/// The row of a fault after this verdict.
pub(crate) fn row(fault: &Fault, verdict: &Verdict, reason: Option<&String>) -> Row {
    let unfound = |how: String| Row {
        edges: edges(fault),
        by: reason.map_or(UNEXPLAINED.to_string(), |why| format!("{REDUNDANT}{why}")),
        execution: "–".to_string(),
        how,
    };
    match verdict {
        Verdict::Killed {
            model,
            execution,
            how,
        } => Row {
            edges: edges(fault),
            by: model.clone(),
            execution: execution.to_string(),
            how: how.clone(),
        },
        Verdict::Survived { models, executions } => {
            unfound(format!("survived {models} models, {executions} executions"))
        }
        Verdict::Capped { models } => unfound(format!("capped in {models} models")),
        Verdict::Unreached => unfound("no model runs through it".to_string()),
        Verdict::Undecided { models } => unfound(format!("undecided after {models} models")),
    }
}

/// The edges of a fault, shortened where they are those of its own file.
fn edges(fault: &Fault) -> String {
    if fault.site.is_step() {
        return "step".to_string();
    }
    let own = format!("{}#", fault.site.file);
    let keys = fault.site.keys.iter().map(|k| k.replace(&own, ""));
    let keys = keys.collect::<Vec<_>>().join(", ");
    if keys.is_empty() {
        "–".to_string()
    } else {
        keys
    }
}

/// Writes `MUTANTS.md`: the rows of these faults, in this order.
pub(crate) fn write(faults: &[Fault], rows: &BTreeMap<Key, Row>) -> Result<(), String> {
    let text = text(faults, rows)?;
    fs::write(beside("MUTANTS.md"), text).map_err(|e| format!("loom-tests/MUTANTS.md: {e}"))
}

fn text(faults: &[Fault], rows: &BTreeMap<Key, Row>) -> Result<String, String> {
    let (mut killed, mut redundant, mut open) = (0, 0, 0);
    let mut lines = Vec::new();
    for fault in faults {
        let (site, what) = fault.key();
        let row = rows
            .get(&fault.key())
            .ok_or(format!("no verdict on `{site}`, {what}"))?;
        let by = match row.by.as_str() {
            UNEXPLAINED => {
                open += 1;
                row.by.clone()
            }
            by if by.starts_with(REDUNDANT) => {
                redundant += 1;
                row.by.clone()
            }
            by => {
                killed += 1;
                format!("`{by}`")
            }
        };
        let (edges, execution, how) = (&row.edges, &row.execution, &row.how);
        lines.push(format!(
            "| `{site}` | {edges} | {what} | {by} | {execution} | {how} |"
        ));
    }
    let sites: BTreeSet<&str> = faults.iter().map(|f| f.site.name.as_str()).collect();
    let (sites, faults, lines) = (sites.len(), faults.len(), lines.join("\n"));
    Ok(format!(
        "# What finds each weakened ordering

Written by `cargo run --release -p gimmal-loom-tests --bin mutants -- --write`; how it works stands in
`tests/harness/survey/mod.rs`. Each ordering, fence and step of `core/src` is weakened one step at a time; a model that
passes without the fault must fail with it. A test compares the sites of this table with those of the sources.

{sites} sites, {faults} faults: {killed} killed, {redundant} of `survivors.txt`, **{open} unexplained**.

How a model failed: *race* is unordered access to the same memory, *outcome* one that its model does not declare, *assertion* the model's own,
*deadlock* that nobody can go on, *livelock* an execution without end, *leak* memory that is not given back.

{BEGIN}
|---|---|---|---|---|---|
{lines}
"
    ))
}

/// What is wrong between the sources, the table and the survivors; nothing is run for it.
pub(crate) fn complaints(
    faults: &[Fault],
    rows: &BTreeMap<Key, Row>,
    survivors: &BTreeMap<Key, String>,
) -> Vec<String> {
    let mut found = Vec::new();
    let current: BTreeSet<Key> = faults.iter().map(Fault::key).collect();
    for (site, what) in current.iter().filter(|key| !rows.contains_key(key)) {
        found.push(format!(
            "MUTANTS.md has no row for `{site}`, {what}: `--bin mutants -- --missing --write`"
        ));
    }
    for (site, what) in rows.keys().filter(|key| !current.contains(key)) {
        found.push(format!(
            "MUTANTS.md has a row for what the sources have not: `{site}`, {what}"
        ));
    }
    for (key, reason) in survivors {
        let (site, what) = key;
        if !current.contains(key) {
            found.push(format!(
                "survivors.txt is stale: the sources have no `{site}`, {what}"
            ));
        } else if let Some(row) = rows.get(key)
            && row.by != format!("{REDUNDANT}{reason}")
        {
            found.push(format!(
                "survivors.txt explains `{site}`, {what}; MUTANTS.md says: {}",
                row.by
            ));
        }
    }
    for ((site, what), row) in rows {
        let explained = row.by.starts_with(REDUNDANT);
        if explained && !survivors.contains_key(&(site.clone(), what.clone())) {
            found.push(format!(
                "MUTANTS.md explains what survivors.txt does not: `{site}`, {what}"
            ));
        }
    }
    found
}

/// Brings what is not found in line with the reasons that there are now.
pub(crate) fn explain(rows: &mut BTreeMap<Key, Row>, survivors: &BTreeMap<Key, String>) {
    for (key, row) in rows {
        if row.by == UNEXPLAINED || row.by.starts_with(REDUNDANT) {
            row.by = survivors
                .get(key)
                .map_or(UNEXPLAINED.to_string(), |why| format!("{REDUNDANT}{why}"));
        }
    }
}
