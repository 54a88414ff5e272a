//! The small examples, run as programs: what they print is what their first lines say.

use std::env;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use gimmal::{channel, thread};

/// Cargo builds the examples before the tests, beside them.
fn example(name: &str) -> Command {
    let test = env::current_exe().expect("a test knows where it is");
    let profile: PathBuf = test
        .ancestors()
        .nth(2)
        .expect("target/PROFILE/deps/TEST")
        .into();
    let program = profile.join("examples").join(name);
    assert!(
        program.exists(),
        "{} is not built: run `cargo test` for the whole package",
        program.display()
    );
    Command::new(program)
}

/// What a child that was started prints until its end, and how it ends; a child that hangs is killed.
fn until_its_end(mut child: Child) -> (Vec<String>, ExitStatus) {
    let mut stdout = child.stdout.take().expect("it is piped");
    let (all, printed) = channel::bounded(1);
    thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("it prints text");
        let _ = all.send(text);
    });
    let Ok(text) = printed.recv_timeout(Duration::from_secs(60)) else {
        let _ = child.kill();
        panic!("the example hangs");
    };
    let status = child.wait().expect("it ends");
    (text.lines().map(String::from).collect(), status)
}

fn lines(name: &str) -> Vec<String> {
    let child = example(name).stdout(Stdio::piped()).spawn();
    let (said, status) = until_its_end(child.expect("it starts"));
    assert!(status.success(), "{name}: {status}");
    said
}

#[test]
fn counter_lock_is_exact_with_the_lock() {
    let said = lines("counter_lock");
    assert!(
        [
            "without a lock: updates were lost",
            "without a lock: lucky this time"
        ]
        .contains(&said[0].as_str())
    );
    assert_eq!(said[1], "with a lock: 200000 of 200000");
}

#[test]
fn fake_data_store_loses_an_update_without_the_lock() {
    assert_eq!(
        lines("fake_data_store"),
        ["without a lock: 2", "with a lock: 3"]
    );
}

#[test]
fn pair_threads_end_on_exit() {
    let said = lines("pair_threads");
    let wanted = [
        "sent one",
        "received one",
        "sent two",
        "received two",
        "sent exit",
        "2 answered, then nobody was there",
    ];
    assert_eq!(said, wanted);
}

#[test]
fn multipart_keeps_what_has_the_right_footer() {
    let wanted = [
        "roof: 21.5",
        "cellar: 12.25",
        "yard: 19 18.75 18.5",
        r#"attic: refused, [b"attic", b"30", b"3"]"#,
        "done",
        "3 kept, 1 refused",
    ];
    assert_eq!(lines("multipart"), wanted);
}

#[test]
fn zero_copy_shows_buffers_where_they_were_filled() {
    let wanted = [
        "6 pictures in 2 buffers",
        "done before it is sent: false",
        "done when the screen has dropped it: true",
        "7 pictures shown",
        "shown where they were made: true",
    ];
    assert_eq!(lines("zero_copy"), wanted);
}

#[test]
fn worker_pool_does_every_job_once() {
    assert_eq!(
        lines("worker_pool"),
        ["1000 jobs, sum of squares 333833500"]
    );
}

#[test]
fn downloads_are_never_more_than_three_at_once() {
    assert_eq!(
        lines("downloads"),
        ["12 files, 786432 bytes", "never more than 3 at once"]
    );
}

#[test]
fn producer_consumer_leaves_nothing_behind() {
    assert_eq!(
        lines("producer_consumer"),
        ["4 consumers, sum 500500", "0 left behind"]
    );
}

#[test]
fn daemon_and_join_says_who_is_done_first() {
    let wanted = [
        "with a join",
        "  worker: started",
        "  worker: done",
        "  main: done",
        "without a join",
        "  worker: started",
        "  main: done",
        "  worker: done",
        "left behind: deaf",
    ];
    assert_eq!(lines("daemon_and_join"), wanted);
}

#[test]
fn timer_cancel_shows_who_fires_and_who_does_not() {
    let wanted = [
        "cancelled: true",
        "fired: the other one",
        "cancelled after it has fired: false",
        "tick 1",
        "tick 2",
        "tick 3",
        "tick 4",
        "tick 5",
        "cancelled: true",
        "the cancelled one has not fired",
    ];
    assert_eq!(lines("timer_cancel"), wanted);
}

#[test]
fn condition_list_is_taken_when_it_is_full() {
    let wanted = [
        "took [1, 2, 3]",
        "took [4, 5, 6]",
        "took [7, 8, 9]",
        "took [10, 11, 12]",
        "0 left",
    ];
    assert_eq!(lines("condition_list"), wanted);
}

#[test]
fn barrier_start_begins_each_round_with_all_and_one_leader() {
    let wanted = [
        "round 1: [1, 2, 3, 4] are here",
        "round 2: [1, 2, 3, 4] are here",
        "round 3: [1, 2, 3, 4] are here",
        "leaders of the rounds: [1, 1, 1]",
    ];
    assert_eq!(lines("barrier_start"), wanted);
}

#[test]
fn fork_join_joins_every_part_and_is_told_of_a_deadlock() {
    let wanted = [
        "64 parts, sum 499999500000",
        "waiting for a job that cannot start: the workers of the pool would wait for each other",
    ];
    assert_eq!(lines("fork_join"), wanted);
}

#[cfg(unix)]
#[test]
fn clean_shutdown_ends_blocked_receivers_in_order() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let mut child = example("clean_shutdown")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0; "waiting for Ctrl-C\n".len()];
    let stdout = child.stdout.as_mut().expect("it is piped");
    stdout
        .read_exact(&mut first)
        .expect("it says that it waits");
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let (rest, status) = until_its_end(child);
    let wanted = [
        "stop requested: Signal(2)",
        "receiver 1 ended",
        "receiver 2 ended",
        "receiver 3 ended",
        "context ended, 0 undelivered",
    ];
    assert_eq!(rest, wanted);
    assert_eq!(status.code(), Some(130));
}
