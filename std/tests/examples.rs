//! The small examples, run as programs: what they print is what their first lines say.

#[path = "kit/example.rs"]
mod example;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use example::example;
use gimmal::{Context, Req, channel, thread};

/// Longer than any of them takes.
const LIMIT: Duration = Duration::from_secs(60);

/// What a child that was started prints until its end, and how it ends; a child that hangs is killed.
fn until_its_end(mut child: Child) -> (Vec<String>, ExitStatus) {
    let mut stdout = child.stdout.take().expect("it is piped");
    let (all, printed) = channel::bounded(1);
    thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("it prints text");
        let _ = all.send(text);
    });
    let Ok(text) = printed.recv_timeout(LIMIT) else {
        let _ = child.kill();
        panic!("the example hangs");
    };
    let status = child.wait().expect("it ends");
    (text.lines().map(String::from).collect(), status)
}

/// The first line that a child says, without its end.
fn first_line(child: &mut Child) -> String {
    let stdout = child.stdout.as_mut().expect("it is piped");
    let (mut line, mut byte) = (Vec::new(), [0]);
    // One by one: what comes after it is not its.
    while stdout.read_exact(&mut byte).is_ok() && byte != *b"\n" {
        line.extend(byte);
    }
    String::from_utf8(line).expect("it prints text")
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
fn poller_two_sockets_reads_everything_before_it_stops() {
    assert_eq!(lines("poller_two_sockets"), ["100 tasks, 10 reports"]);
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
fn interrupt(child: &Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
}

#[test]
fn broker_gives_each_question_to_who_has_been_idle_the_longest() {
    let wanted = [
        "4 clients, 100 right answers",
        "3 workers, 100 jobs, 0 without any",
    ];
    assert_eq!(lines("broker"), wanted);
}

#[test]
fn weather_is_heard_by_who_has_subscribed_to_it() {
    let wanted = [
        "sent 15, dropped 0",
        "oslo: 5 reports, -1 degrees on average",
        "rome: 5 reports, 21 degrees on average",
        "all: 15 reports, 7 degrees on average",
        "lima: no reports",
    ];
    assert_eq!(lines("weather"), wanted);
}

#[test]
fn context_restart_has_nothing_left_of_the_last_run() {
    let wanted = [
        "run 1: the sum of the answers is 110",
        "run 1: ended, 0 undelivered",
        "run 2: the sum of the answers is 110",
        "run 2: ended, 0 undelivered",
        "run 3: the sum of the answers is 110",
        "run 3: ended, 0 undelivered",
    ];
    assert_eq!(lines("context_restart"), wanted);
}

#[test]
fn async_server_answers_tasks_and_a_thread() {
    let wanted = [
        "an answer before the server runs: false",
        "the answer came later: 49",
        "8 tasks, 800 right answers",
        "a thread has got 81",
        "the server has answered 802 questions",
    ];
    assert_eq!(lines("async_server"), wanted);
}

/// Starts a program, sends it SIGINT when it has printed this line, and returns what it prints after that, and its status.
#[cfg(unix)]
fn interrupted_after(line: &str, mut program: Command) -> (Vec<String>, Option<i32>) {
    let mut child = program.stdout(Stdio::piped()).spawn().expect("it starts");
    let stdout = child.stdout.as_mut().expect("it is piped");
    let mut said = String::new();
    while !said.ends_with(&format!("{line}\n")) {
        let mut next = [0];
        stdout.read_exact(&mut next).expect("it says the line");
        said.push(char::from(next[0]));
    }
    interrupt(&child);
    let (rest, status) = until_its_end(child);
    (rest, status.code())
}

#[cfg(unix)]
#[test]
fn clean_shutdown_ends_blocked_receivers_in_order() {
    let wanted = [
        "stop requested: Signal(2)",
        "receiver 1 ended",
        "receiver 2 ended",
        "receiver 3 ended",
        "context ended, 0 undelivered",
    ];
    let (rest, status) = interrupted_after("waiting for Ctrl-C", example("clean_shutdown"));
    assert_eq!(rest, wanted);
    assert_eq!(status, Some(130));
}

#[cfg(unix)]
#[test]
fn rep_server_answers_what_it_has_accepted_and_ends_on_ctrl_c() {
    for endpoint in ["inproc://echo", "inproc://another"] {
        let mut program = example("rep_server");
        if endpoint != "inproc://echo" {
            program.arg(endpoint);
        }
        let (rest, status) = interrupted_after("the client has got: hello", program);
        assert_eq!(status, Some(130));
        let [body, served, got] = rest.as_slice() else {
            panic!("{rest:?}");
        };
        assert_eq!(body, "the client has got: world");
        let number = |line: &str, before: &str, after: &str| -> u64 {
            let inner = line
                .strip_prefix(before)
                .and_then(|line| line.strip_suffix(after));
            inner
                .and_then(|number| number.parse().ok())
                .expect("a number")
        };
        let served = number(served, "the server has answered ", " requests");
        let got = number(got, "the client has got ", " answers");
        assert!(served > 0 && served == got, "{served} answered, {got} got");
    }
    let mut program = example("rep_server");
    let refused = program.arg("nowhere").stderr(Stdio::null()).status();
    assert_eq!(refused.expect("it starts").code(), Some(1));
}

/// Each client asks while the server works for the first one, so the requests of the others are in its socket at Ctrl-C.
#[cfg(unix)]
#[test]
fn rep_server_answers_what_is_queued_at_ctrl_c() {
    let path = std::env::temp_dir().join(format!("gimmal-rep-server-{}", std::process::id()));
    let endpoint = format!("ipc://{}", path.display());
    let mut server = example("rep_server");
    let server = server.args([&endpoint, "200"]).stdout(Stdio::piped());
    let mut server = server.spawn().expect("it starts");
    assert!(first_line(&mut server).starts_with("serving ipc://"));

    let context = Context::new();
    let mut clients: Vec<Req> = (0..6).map(|_| context.req().unwrap()).collect();
    let answered = |client: &mut Req, question: &str| {
        let answer = client.recv_timeout(LIMIT).expect("an answer");
        assert_eq!(answer, question);
    };
    for client in &mut clients {
        client.connect(&endpoint).unwrap();
        // From here on nothing has to be awaited before a request goes out.
        client.send("are you there?").unwrap();
        answered(client, "are you there?");
    }
    for client in &mut clients {
        client.send("the last one").unwrap();
    }
    answered(&mut clients[0], "the last one");
    interrupt(&server);
    for client in &mut clients[1..] {
        answered(client, "the last one");
    }
    let (rest, status) = until_its_end(server);
    assert_eq!(rest, ["the server has answered 12 requests"]);
    assert_eq!(status.code(), Some(130));
}

/// Ctrl-C, while some of its peers are idle and one has just sent something.
#[cfg(unix)]
#[test]
fn tcp_echo_ends_on_ctrl_c_while_all_its_threads_are_blocked() {
    for _ in 0..50 {
        let mut child = example("tcp_echo")
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let first = first_line(&mut child);
        let address = first.strip_prefix("listening on ").expect("an address");
        let mut peers: Vec<_> = (0..4)
            .map(|_| TcpStream::connect(address).expect("it accepts"))
            .collect();
        let mut echo = [0; 5];
        for peer in &mut peers {
            peer.set_read_timeout(Some(LIMIT)).unwrap();
            peer.write_all(b"hello").unwrap();
            peer.read_exact(&mut echo).expect("it answers");
            assert_eq!(&echo, b"hello");
        }
        interrupt(&child);
        for mut peer in peers {
            assert_eq!(peer.read(&mut echo).expect("the end"), 0);
        }
        let (rest, status) = until_its_end(child);
        assert_eq!(rest, ["4 connections, 0 abandoned"]);
        assert_eq!(status.code(), Some(130));
    }
}

/// A peer that takes no answer keeps its thread in a write, which is not ended: the server ends without that thread. Or
/// the write has just gone through, and the peer keeps nothing.
#[cfg(unix)]
#[test]
fn tcp_echo_ends_although_a_peer_takes_no_answer() {
    let mut child = example("tcp_echo")
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let first = first_line(&mut child);
    let address = first.strip_prefix("listening on ").expect("an address");
    let mut deaf = TcpStream::connect(address).expect("it accepts");
    deaf.set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    // Until both ways are full.
    while deaf.write(&[7; 1 << 16]).is_ok() {}
    interrupt(&child);
    let (rest, status) = until_its_end(child);
    let wanted = ["1 connections, 0 abandoned", "1 connections, 1 abandoned"];
    assert!(rest.len() == 1 && wanted.contains(&&*rest[0]), "{rest:?}");
    assert_eq!(status.code(), Some(130));
}

#[test]
fn inspect_shows_the_stage_that_does_not_read_and_who_waits_for_it() {
    let lines = lines("inspect");
    assert_eq!(lines[0], "6 sockets, 3 ways of links");
    let full = lines.iter().filter(|line| line.ends_with("(full)"));
    assert_eq!(full.count(), 3, "{lines:?}");
    let waiting: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains(", waits to send, in "))
        .collect();
    assert_eq!(waiting.len(), 2, "the two stages: {lines:?}");
    for (line, thread) in waiting.iter().zip(["parse", "store"]) {
        assert!(
            line.contains("Push of main") && line.ends_with(thread),
            "{line}"
        );
    }
}
