//! What a diff touches.

use std::collections::BTreeMap;
use std::process::Command;

use super::super::mutants::root;
use super::sites::Site;

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(arguments)
        .output()
        .map_err(|e| format!("git: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("git {}: {}", arguments.join(" "), said.trim()))
    }
}

/// The revision to compare with if none is named: where this branch leaves its upstream, or the commit before the last.
pub(crate) fn base() -> Result<String, String> {
    let head = git(&["rev-parse", "HEAD"])?;
    for upstream in ["@{upstream}", "origin/HEAD", "origin/main"] {
        if let Ok(base) = git(&["merge-base", "HEAD", upstream])
            && base != head
        {
            return Ok(base.trim().to_string());
        }
    }
    // A clone of one commit has none before it: everything is new.
    match git(&["rev-parse", "HEAD~1"]) {
        Ok(before) => Ok(before.trim().to_string()),
        Err(_) => git(&["hash-object", "-t", "tree", "/dev/null"]).map(|t| t.trim().to_string()),
    }
}

/// The changed lines of each file of the core since `revision`, files named from the source root on.
pub(crate) fn lines(revision: &str) -> Result<BTreeMap<String, Vec<(usize, usize)>>, String> {
    let arguments = [
        "diff",
        "-U0",
        "--relative",
        "--no-color",
        "--no-ext-diff",
        revision,
        "--",
        ".",
    ];
    Ok(read(&git(&arguments)?))
}

/// Reads a diff without context.
pub(crate) fn read(diff: &str) -> BTreeMap<String, Vec<(usize, usize)>> {
    let mut found: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let mut file = String::new();
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("+++ b/") {
            file = name.to_string();
        } else if let Some(rest) = line.strip_prefix("@@ ") {
            // `-3,2 +3,4 @@`: where the new lines stand. None are left of a removal: the lines around it count.
            let Some(new) = rest.split(' ').find_map(|part| part.strip_prefix('+')) else {
                continue;
            };
            let (first, count) = new.split_once(',').unwrap_or((new, "1"));
            let (Ok(first), Ok(count)) = (first.parse::<usize>(), count.parse::<usize>()) else {
                continue;
            };
            let last = (first + count.max(1) - 1).max(first + usize::from(count == 0));
            found.entry(file.clone()).or_default().push((first, last));
        }
    }
    found
}

/// The sites in functions that a changed line belongs to.
pub(crate) fn touched(sites: &[Site], lines: &BTreeMap<String, Vec<(usize, usize)>>) -> Vec<Site> {
    let touches = |site: &&Site| {
        let changes = lines.get(&site.file).into_iter().flatten();
        let (from, to) = site.lines;
        changes.clone().any(|&(a, b)| a <= to && b >= from)
    };
    sites.iter().filter(touches).cloned().collect()
}
