//! The survey: every ordering, fence and step of the core, weakened one step at a time, and what finds it.
//!
//! ```text
//! cargo run --release -p gimmal-loom-tests --bin mutants                # everything that is not known yet; hours on one core
//! … --bin mutants -- --write                                            # and writes `loom-tests/MUTANTS.md`
//! … --bin mutants -- --missing --write                                  # faults that the table does not have yet, and the table
//! … --bin mutants -- --changed [REV]                                    # functions that a diff touches; the gate does this
//! … --bin mutants -- --site ring/mpmc                                   # sites whose name or place contains this
//! … --bin mutants -- --list | --relaxed | --check                       # the faults; the Relaxed operations; table against sources
//! … --bin mutants -- --text 10 --seed 1                                 # text mutants in a copy of the sources
//! ```
//! Other flags: `-j N` jobs at a time · `--cap S` seconds that a model may take (60) · `--budget S` seconds after which no fault is
//! begun · `--deep` models that are too dear for every day · `--bound N` preemptions · `--fresh` forgets what earlier runs
//! found, `--trust` believes it although sources have changed: for changes of comments that shift no line.
//!
//! **Sites** come from a scan of the sources (the house rules' own), and each model, run unmutated with `GIMMAL_SITES`, tells the
//! sites that it runs through. A site that a model ran through and the scan does not have, or has with other orderings, is an
//! error; a site of the scan that no model runs through is `UNREACHED`. An ordering outside of any access is an error too.
//!
//! **Faults.** `SeqCst` becomes `AcqRel` (a load `Acquire`, a store `Release`), `AcqRel` becomes `Acquire` and `Release`, each
//! of these `Relaxed`; a fence is also left out, and so is each step. Of a compare-exchange each of the two orderings is weakened alone.
//!
//! **Verdicts.** A fault runs against the models that reach its site: those that claim its edge first, then the cheapest.
//! `killed` says which model failed, in which execution, and how; a livelock is an execution that loom gives up after 20 000
//! branches. `SURVIVED` means that all those models passed. `capped` means that none failed, and that some were ended by
//! the time limit: that is no kill. The program fails on a survivor that `loom-tests/survivors.txt` does not explain.
//!
//! **Found again.** What a model did under a fault is kept in `target/mutants/`, under the sources of the core and of the
//! model's own file, so an interrupted run goes on where it was.
//!
//! Files: `sites.rs` scans · `faults.rs` weakens · `runs.rs` runs models and keeps what they did · `verdict.rs` judges a
//! fault · `table.rs` reads and writes the two files · `changed.rs` asks git · `text.rs` text mutants · `cli.rs` the command
//! line, `progress.rs` how far it is · `depth.rs` the depth report · `checks.rs` checks all this.

mod changed;
pub(crate) mod checks;
mod cli;
mod depth;
mod faults;
mod progress;
mod runs;
mod sites;
mod table;
mod text;
mod verdict;

pub(crate) use cli::main as mutants;
pub(crate) use depth::main as depth;
