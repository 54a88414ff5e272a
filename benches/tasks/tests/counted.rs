//! What is counted: the page that is checked in, the pages that programs name, and the counting itself.

use std::fs;

use gimmal_tasks::program::{Page, Program, not_public};
use gimmal_tasks::task::{LIBRARIES, Task, all, here, parse};
use gimmal_tasks::{page, task};

#[test]
fn the_page_shows_what_is_counted() {
    let shown = fs::read_to_string(page::file()).unwrap_or_default();
    assert!(
        shown == page::markdown(&page::rows(&all())),
        "benches/tasks/check.sh --write"
    );
}

#[test]
fn there_are_twelve_tasks_with_a_program_or_a_reason_for_each_library() {
    let tasks = all();
    assert_eq!(tasks.len(), 12);
    for task in &tasks {
        assert!(!task.title.is_empty() && !task.what.is_empty() && !task.prints.is_empty());
        for (library, _) in LIBRARIES {
            let (file, why) = (task.program(library), task.why_not(library));
            assert_ne!(file.exists(), why.is_some(), "{file:?}: {why:?}");
        }
    }
    let mut named: Vec<_> = tasks.iter().map(|task| task.name.clone()).collect();
    let programs = fs::read_dir(here().join("programs")).expect("the programs");
    let names = programs.map(|entry| entry.expect("a program").file_name());
    let mut on_disk: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    named.sort();
    on_disk.sort();
    assert_eq!(named, on_disk);
}

#[test]
fn programs_name_the_pages_of_all_that_they_use() {
    let api = |name| fs::read_to_string(here().join("../../loom-tests/api").join(name));
    let facade = api("gimmal.txt").expect("the facade's interface");
    let core = api("gimmal-core.txt").expect("the core's interface");
    let mut wrong = Vec::new();
    for (task, programs) in page::rows(&all()) {
        for ((library, _), program) in LIBRARIES.iter().zip(&programs) {
            let Some(program) = program else { continue };
            let mut found = program.complaints(library);
            if *library == "gimmal" {
                let of_core = |page: &&Page| page.path.starts_with("gimmal_core::");
                let (of_core, of_facade): (Vec<_>, Vec<_>) =
                    program.pages.iter().partition(of_core);
                let own = |pages: Vec<&Page>| pages.into_iter().cloned().collect::<Vec<_>>();
                found.extend(not_public(&own(of_core), &core));
                found.extend(not_public(&own(of_facade), &facade));
            }
            let at = format!("{}/{library}", task.name);
            wrong.extend(found.into_iter().map(|what| format!("{at}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SOUND: &str = "// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Sender: send

use tokio::sync::mpsc;

fn main() {
    // Nobody hears it.
    let (sender, _receiver) = mpsc::channel(8);

    sender.send(1).await.unwrap(); // a comment behind code
}
";

#[test]
fn lines_are_those_with_code_on_them() {
    let program = Program::parse(SOUND);
    assert_eq!(program.code().count(), 5);
    assert_eq!(program.pages.len(), 2);
    assert!(program.shown().starts_with("use tokio"));
    let python = Program::parse("# page: zmq.Context\n\nimport zmq\n\n\nzmq.Context()  # one\n");
    assert_eq!((python.code().count(), python.pages.len()), (2, 1));
}

#[test]
fn a_program_that_forgets_a_page_or_names_another_one_is_found() {
    let of = |from: &str, to: &str| {
        assert!(SOUND.contains(from), "{from}");
        Program::parse(&SOUND.replace(from, to)).complaints("tokio")
    };
    assert!(of("Nobody", "Somebody").is_empty());
    assert_eq!(
        of("// page: tokio::sync::mpsc::Sender: send\n", "").len(),
        1
    );
    assert_eq!(of("Sender: send", "Sender: send, reserve").len(), 1);
    assert_eq!(
        of("Sender: send", "Sender: send\n// page: tokio::spawn").len(),
        1
    );
    assert_eq!(
        of("Sender: send", "Sender: send\n// page: flume::Sender: send").len(),
        1
    );
    assert_eq!(of("let (", "flume::bounded(1); let (").len(), 0);
    assert_eq!(of("use tokio", "use flume::bounded;\nuse tokio").len(), 1);
    assert_eq!(
        of("use tokio", "use tokio::sync::{mpsc, oneshot};\nuse tokio").len(),
        1
    );
    assert_eq!(of("let (", "tokio::spawn(f); let (").len(), 1);
    assert_eq!(
        of("sender.send", "sender.reserve().await; sender.send").len(),
        1
    );
}

#[test]
fn a_page_that_does_not_exist_is_found() {
    let interface = "  pub struct a::Lock<T: B<C>>\n  pub const fn a::Lock<T>::new(T) -> Self\n  \
                     pub fn a::Lock<T>::lock(&self) -> a::Guard<'_, T>\n  pub fn a::f(usize)\n";
    let wrong = |page: &str| {
        let program = Program::parse(&format!("// page: {page}\n"));
        not_public(&program.pages, interface).len()
    };
    assert_eq!(wrong("a::Lock: new, lock"), 0);
    assert_eq!(wrong("a::f"), 0);
    assert_eq!(wrong("a::Lock: unlock"), 1);
    assert_eq!(wrong("a::Lock: f"), 1);
    assert_eq!(wrong("a::Loc"), 1);
    assert_eq!(wrong("a::Guard"), 1);
}

#[test]
fn tasks_are_read_or_refused() {
    let text = "task: a\ntitle: A\nwhat: It\n  goes on.\nprints: 1\nprints: 2\nexits: 3\nnot tokio: why: so\n";
    let task = Task {
        name: "a".into(),
        title: "A".into(),
        what: "It goes on.".into(),
        prints: vec!["1".into(), "2".into()],
        exits: 3,
        not_here: vec![("tokio".into(), "why: so".into())],
        ..Task::default()
    };
    assert_eq!(parse(text), Ok(vec![task]));
    for wrong in [
        "title: A\n",
        "task: a\nnot flume: x\n",
        "task: a\nexits: x\n",
        "words\n",
    ] {
        assert!(task::parse(wrong).is_err(), "{wrong}");
    }
}
