//! Everyday tasks as programs of gimmal and of other libraries, counted: how many lines each program has, and on how many
//! pages of documentation its items are.
//!
//! | file | what it is |
//! |---|---|
//! | `tasks.txt` | each task: what it is about, what its programs print, and which libraries have no program for it, and why not |
//! | `programs/TASK/LIBRARY.rs`, `.py` | the programs, each whole; its first lines name the pages |
//! | [`task`], [`program`] | read both |
//! | [`page`] | writes the guide's page `minutes` |
//! | `src/bin` | one binary for each library written in Rust; the variable `TASK` names the program that it is |
//! | `tests` | run the programs, and compare what is counted with what is checked in |
//!
//! `benches/tasks/check.sh` does all of it, with all libraries; `check.sh --write` writes the page first.

#![forbid(unsafe_code)]

pub mod page;
pub mod program;
pub mod task;

/// The binary of a library: the program of each task, in a module of its own, and `main`, which runs the one that `TASK`
/// names.
#[macro_export]
macro_rules! programs {
    ($library:literal: $($task:ident)*) => {
        $(
            #[allow(missing_docs, unreachable_code)]
            mod $task {
                include!(concat!(
                    env!("CARGO_MANIFEST_DIR"), "/programs/", stringify!($task), "/", $library, ".rs"
                ));

                pub(crate) fn run() -> ::std::process::ExitCode {
                    ::std::process::Termination::report(main())
                }
            }
        )*

        fn main() -> ::std::process::ExitCode {
            match ::std::env::var("TASK").as_deref() {
                $(Ok(stringify!($task)) => $task::run(),)*
                other => panic!("no such task: {other:?}"),
            }
        }
    };
}
