//! The faults of a site.

use super::super::Model;
use super::sites::Site;

/// One fault to seed.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) site: Site,
    /// What it changes: `Release to Relaxed`.
    pub(crate) what: String,
    /// The value of `GIMMAL_MUTANT`.
    pub(crate) value: String,
}

impl Fault {
    /// Does `model` claim to kill a fault of one of its edges, or of this step?
    pub(crate) fn claimed_by(&self, model: &Model) -> bool {
        let mut keys = self.site.keys.iter();
        keys.any(|key| model.kills.contains(&key.as_str()))
    }

    /// Its name in the table: site and change.
    pub(crate) fn key(&self) -> (String, String) {
        (self.site.name.clone(), self.what.clone())
    }
}

/// The faults of these sites, in their order.
pub(crate) fn all(sites: &[Site]) -> Vec<Fault> {
    sites.iter().flat_map(of).collect()
}

/// What the ordering of such a method may become in one step.
fn weaker(method: &str, ordering: &str) -> &'static [&'static str] {
    match (ordering, method) {
        ("SeqCst", "load") => &["Acquire"],
        ("SeqCst", "store") => &["Release"],
        ("SeqCst", _) => &["AcqRel"],
        ("AcqRel", _) => &["Acquire", "Release"],
        ("Acquire" | "Release", _) => &["Relaxed"],
        _ => &[],
    }
}

/// The faults of one site.
pub(crate) fn of(site: &Site) -> Vec<Fault> {
    let fault = |what: String, value: String| Fault {
        site: site.clone(),
        what,
        value,
    };
    if site.is_step() {
        return vec![fault("skipped".to_string(), site.place.clone())];
    }
    let mut found = Vec::new();
    let sides = match site.orderings.len() {
        2 => ["success ", "failure "],
        _ => ["", ""],
    };
    for (n, (ordering, side)) in site.orderings.iter().zip(sides).enumerate() {
        // The second ordering of a compare-exchange is that of a load.
        let method = if n == 1 { "load" } else { &site.method };
        for to in weaker(method, ordering) {
            // A Relaxed fence is none: below.
            if !(site.fence && *to == "Relaxed") {
                let value = format!("{}@{n}={to}", site.place);
                found.push(fault(format!("{side}{ordering} to {to}"), value));
            }
        }
    }
    if site.fence {
        found.push(fault(
            "left out".to_string(),
            format!("{}=Relaxed", site.place),
        ));
    }
    found
}
