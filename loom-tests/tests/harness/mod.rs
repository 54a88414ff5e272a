//! The machinery of the models: what a model is, and how all of them are run.
//!
//! A model file lists its models in one table and defines each as a plain function, the body of *one* execution:
//! ```text
//! models! {
//!     e1_push_publishes_to_pop {
//!         kills: ["ring/spsc/protocol.rs#E1"],
//!         outcomes: ["empty", "7"],
//!     }
//! }
//!
//! fn e1_push_publishes_to_pop(seen: Seen) { … seen.outcome("7"); }
//! ```
//! | field | meaning | default |
//! |---|---|---|
//! | `kills` | the edges (`FILE#En`) and steps (`step:NAME`) whose seeded fault this model finds | none |
//! | `outcomes` | exactly what the executions must report, all of it: a search that misses some is not trusted | required |
//! | `bound` | loom's preemption bound; `EXHAUSTIVE` is no bound | 2 |
//! | `least` | the fewest executions that are believable | 1 |
//! | `deep` | `true`: too dear for every day, runs only in the deep run (`--deep`, or any `--bound`) | `false` |
//!
//! **A model passes** when no execution fails, each reports exactly one outcome, and the outcomes seen are the declared
//! ones. It runs in a process of its own: a deadlock found by loom unwinds through pinned futures and may abort.
//!
//! **A seeded fault is killed** when a model that passes unmutated fails with it. A weakened ordering only adds behaviour,
//! so an outcome that is *not* seen under a fault proves nothing and is no kill; an outcome too many is one.
//!
//! Files: `explore.rs` runs one model in this process · `child.rs` runs one in a child · `mutants.rs` finds the faults to
//! seed · `run.rs` runs everything, `report.rs` tells it · `options.rs` reads the command line · `checks.rs` checks the harness itself ·
//! `survey/` weakens everything, one step at a time.

#[path = "../../../core/tests/house/accesses.rs"]
#[allow(dead_code)] // The house rules use the rest.
mod accesses;
pub(crate) mod checks;
mod child;
mod explore;
mod mutants;
mod options;
mod probe;
mod report;
mod run;
mod survey;
#[path = "../../../core/tests/house/tokens.rs"]
#[allow(dead_code)]
mod tokens;

pub(crate) use explore::Seen;
pub(crate) use run::main;

/// A preemption bound that bounds nothing: every interleaving that loom can tell apart.
pub(crate) const EXHAUSTIVE: usize = usize::MAX;

/// One model; made by `models!`.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    /// The `module_path!` of the model's file.
    pub(crate) module: &'static str,
    /// The function's name.
    pub(crate) short: &'static str,
    pub(crate) kills: &'static [&'static str],
    pub(crate) outcomes: &'static [&'static str],
    pub(crate) bound: usize,
    pub(crate) least: u64,
    pub(crate) deep: bool,
    /// The body of one execution.
    pub(crate) run: fn(Seen),
}

impl Model {
    /// What a table entry leaves out.
    pub(crate) const DEFAULT: Model = Model {
        module: "",
        short: "",
        kills: &[],
        outcomes: &[],
        bound: 2,
        least: 1,
        deep: false,
        run: |_| {},
    };

    /// The model's file as a path from the source root, without the extension: `ring/spsc/protocol`.
    pub(crate) fn path(&self) -> String {
        let inner = self
            .module
            .split_once("::")
            .map_or(self.module, |(_, inner)| inner);
        inner.replace("::", "/")
    }

    /// The model's full name: `ring/spsc/protocol::e1_push_publishes_to_pop`.
    pub(crate) fn name(&self) -> String {
        format!("{}::{}", self.path(), self.short)
    }
}

/// The table of a model file: defines `MODELS`.
macro_rules! models {
    (@value [$($item:expr),* $(,)?]) => { &[$($item),*] };
    (@value $other:expr) => { $other };
    ($($name:ident { $($field:ident: $value:tt),* $(,)? })*) => {
        /// The models of this file.
        pub(crate) const MODELS: &[$crate::harness::Model] = &[$(
            $crate::harness::Model {
                module: module_path!(),
                short: stringify!($name),
                run: $name,
                $($field: $crate::harness::models!(@value $value),)*
                ..$crate::harness::Model::DEFAULT
            }
        ),*];
    };
}
pub(crate) use models;
