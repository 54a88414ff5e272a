//! The verdict on a fault: which model finds it, if any.

use super::super::Model;
use super::faults::Fault;
use super::runs::{Did, Runs};

/// What came of a fault.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    Killed {
        model: String,
        execution: u64,
        how: String,
    },
    /// Each model that reaches the site passed: so many, and so many executions in all.
    Survived { models: usize, executions: u64 },
    /// None failed, and so many did not come to an end in their time.
    Capped { models: usize },
    /// No model runs through the site.
    Unreached,
    /// Time was over before all were asked.
    Undecided { models: usize },
}

impl Verdict {
    pub(crate) fn words(&self) -> String {
        match self {
            Verdict::Killed {
                model,
                execution,
                how,
            } => format!("killed by {model} in execution {execution}: {how}"),
            Verdict::Survived { models, executions } => {
                format!("SURVIVED {models} models, {executions} executions")
            }
            Verdict::Capped { models } => {
                format!("capped: {models} models did not end in their time")
            }
            Verdict::Unreached => "UNREACHED: no model runs through it".to_string(),
            Verdict::Undecided { models } => {
                format!("undecided: out of time after {models} models, which pass")
            }
        }
    }
}

/// Tries these models, with the seconds that each takes unmutated, in this order.
pub(crate) fn judge(
    runs: &Runs,
    fault: &Fault,
    models: &[(&Model, f64)],
    in_time: impl Fn() -> bool,
) -> Result<Verdict, String> {
    let (mut passed, mut capped, mut total) = (0, 0, 0);
    for (model, seconds) in models {
        if !in_time() {
            return Ok(Verdict::Undecided { models: passed });
        }
        match runs.under(model, &fault.value, *seconds)? {
            Did::Failed { execution, how } => {
                return Ok(Verdict::Killed {
                    model: model.name(),
                    execution,
                    how,
                });
            }
            Did::Passed { executions } => {
                passed += 1;
                total += executions;
            }
            Did::Capped { .. } => capped += 1,
        }
    }
    Ok(match (passed, capped) {
        (0, 0) => Verdict::Unreached,
        (_, 0) => Verdict::Survived {
            models: passed,
            executions: total,
        },
        _ => Verdict::Capped { models: capped },
    })
}

/// Orders models for a fault: those that claim one of its edges first, then the cheapest.
pub(crate) fn order<'a>(fault: &Fault, mut models: Vec<(&'a Model, f64)>) -> Vec<(&'a Model, f64)> {
    models.sort_by(|a, b| {
        let first = fault.claimed_by(b.0).cmp(&fault.claimed_by(a.0));
        first.then(a.1.total_cmp(&b.1))
    });
    models
}
