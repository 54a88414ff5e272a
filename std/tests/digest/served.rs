//! `digest --serve` and `digest --work`: processes instead of threads, which come, go, die and hang.

use std::fs;
use std::io::BufRead;
use std::net::TcpListener;

use gimmal::{Context, Dealer, Message};
use nix::sys::signal::Signal;

use super::processes::{NO_TIMEOUT, replace, serve, serve_at, work};
use super::tree::{ABC, EMPTY, Tree, line, skipped, text};
use crate::kit::LONG;

/// Paths of all kinds, as the process that works alone prints them.
fn all_kinds() -> (Tree, Vec<u8>) {
    let mut tree = (0..2000).fold(Tree::new(), |tree, number| {
        let content = "x".repeat(number * 331 % 70_000);
        tree.file(&format!("{}/{}/{number}", number % 7, number % 5), &content)
    });
    for name in ["new\nline", "back\\slash", " ", "-n"] {
        tree = tree.file(name, name);
    }
    if fs::write(tree.path(b"a\xff"), "abc").is_err() {
        skipped("this file system takes UTF-8 only");
    }
    let alone = tree.digest(&[".", "0", "./0"]);
    assert_eq!(alone.status.code(), Some(0));
    (tree, alone.stdout)
}

#[test]
fn three_processes_print_what_one_prints() {
    let (tree, expected) = all_kinds();
    let (server, endpoint) = serve(&tree, &[NO_TIMEOUT, ".", "0", "./0"]);
    let workers = [(); 3].map(|()| work(&tree, &endpoint, &["--workers=1", "--timeout=10"]));
    let (status, printed, said) = server.ends();
    assert_eq!((status, said.as_str()), (Some(0), ""));
    assert!(printed == text(&expected), "another output");
    for worker in workers {
        // One that came when all was done has found nobody.
        let (status, printed, said) = worker.ends();
        assert!(matches!(status, Some(0 | 3)), "{said}");
        assert_eq!(printed, "");
    }
}

/// An endpoint at a port that nobody has: one that was taken and given back.
fn free_port() -> String {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("tcp://{}", taken.local_addr().unwrap())
}

#[test]
fn a_worker_may_come_before_its_server_and_has_threads() {
    let tree = Tree::new().file("a", "abc").file("b", "");
    let expected = [line(ABC, "./a"), line(EMPTY, "./b")].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    for endpoint in [free_port(), format!("ipc://{}", path.display())] {
        let mut worker = work(&tree, &endpoint, &["--workers=3"]);
        assert_eq!(worker.says(), format!("waits for {endpoint}"));
        let (server, at) = serve_at(&tree, &endpoint, &[NO_TIMEOUT]);
        assert_eq!(at, endpoint);
        let (status, printed, _) = server.ends();
        assert_eq!((status, printed), (Some(0), expected.clone()));
        worker.ends_with(0);
    }
}

#[test]
fn a_worker_that_is_killed_loses_nothing() {
    let tree = Tree::new().file("a", "abc").endless("huge").file("b", "");
    let args = ["--unsorted", NO_TIMEOUT, "a", "huge", "b", "b"];
    let (mut server, endpoint) = serve(&tree, &args);
    let mut lines = server.stdout();
    let killed = work(&tree, &endpoint, &["--workers=1"]);
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    assert_eq!(first, line(ABC, "a"));
    // It has the others, and is in the middle of one.
    killed.reads(&tree, "huge");
    killed.kill();
    replace(&tree, "huge", "abc");
    let workers = [(); 2].map(|()| work(&tree, &endpoint, &["--timeout=10"]));
    let mut rest: Vec<_> = lines.lines().map(|line| line.unwrap() + "\n").collect();
    rest.sort_by_key(|line| line[64..].to_owned());
    assert_eq!(
        rest,
        [line(EMPTY, "b"), line(EMPTY, "b"), line(ABC, "huge")]
    );
    assert_eq!(server.ends_with(0), "");
    drop(workers);
}

#[test]
fn a_worker_that_hangs_loses_nothing() {
    let tree = Tree::new().endless("huge").file("a", "abc").file("b", "");
    let (server, endpoint) = serve(&tree, &["--timeout=1", "huge", "a", "b"]);
    let hung = work(&tree, &endpoint, &["--workers=1"]);
    hung.reads(&tree, "huge");
    hung.send(Signal::SIGSTOP);
    replace(&tree, "huge", "abc");
    let other = work(&tree, &endpoint, &[]);
    let (status, printed, said) = server.ends();
    let expected = [line(ABC, "a"), line(EMPTY, "b"), line(ABC, "huge")].concat();
    assert_eq!((status, printed), (Some(0), expected));
    assert!(said.starts_with("digest: a worker is silent: "), "{said}");
    other.ends_with(0);
}

#[test]
fn a_signal_at_the_server_ends_its_workers() {
    let tree = Tree::new().endless("huge").endless("vast");
    for (which, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (server, endpoint) = serve(&tree, &[NO_TIMEOUT, "huge", "vast"]);
        let one = work(&tree, &endpoint, &["--workers=1"]);
        one.reads(&tree, "huge");
        let other = work(&tree, &endpoint, &["--workers=2"]);
        other.reads(&tree, "vast");
        server.send(which);
        let (ended, printed, said) = server.ends();
        assert_eq!((ended, printed.as_str()), (Some(status), ""));
        let signal = format!(
            "digest: stopped by signal {}: 0 of 2 files done\n",
            which as i32
        );
        assert_eq!(said, signal);
        for worker in [one, other] {
            let said = worker.ends_with(3);
            let last = "digest: the server has ended before all was read\n";
            assert!(said.ends_with(last), "{said}");
        }
    }
}

#[test]
fn a_signal_at_a_worker_gives_back_what_it_has() {
    let tree = Tree::new().endless("huge").file("a", "abc");
    let (server, endpoint) = serve(&tree, &[NO_TIMEOUT, "huge", "a"]);
    let leaves = work(&tree, &endpoint, &["--workers=1"]);
    leaves.reads(&tree, "huge");
    leaves.send(Signal::SIGINT);
    let said = leaves.ends_with(130);
    assert!(
        said.ends_with("digest: stopped by signal 2: 0 of 2 files done\n"),
        "{said}"
    );
    replace(&tree, "huge", "");
    let stays = work(&tree, &endpoint, &[]);
    let (status, printed, _) = server.ends();
    let expected = [line(ABC, "a"), line(EMPTY, "huge")].concat();
    assert_eq!((status, printed), (Some(0), expected));
    stays.ends_with(0);
}

#[test]
fn workers_of_a_server_that_is_killed_work_for_the_next() {
    let tree = Tree::new().endless("huge").file("a", "abc");
    let folder = tempfile::tempdir().unwrap();
    let endpoint = format!("ipc://{}", folder.path().join("socket").display());
    let (server, _) = serve_at(&tree, &endpoint, &["huge"]);
    let worker = work(&tree, &endpoint, &["--workers=1"]);
    worker.reads(&tree, "huge");
    server.kill();
    // It leaves the file that it reads.
    let (server, _) = serve_at(&tree, &endpoint, &[NO_TIMEOUT, "a"]);
    let (status, printed, _) = server.ends();
    assert_eq!((status, printed), (Some(0), line(ABC, "a")));
    worker.ends_with(0);
}

#[test]
fn a_closed_stdout_ends_the_workers_too() {
    let tree = Tree::new().endless("huge").file("a", "abc");
    let (mut server, endpoint) = serve(&tree, &["--unsorted", NO_TIMEOUT, "huge", "a"]);
    drop(server.stdout());
    let worker = work(&tree, &endpoint, &["--workers=2"]);
    assert_eq!(server.ends_with(0), "");
    worker.ends_with(3);
}

#[test]
fn what_a_worker_cannot_read_is_told_by_the_server() {
    let tree = Tree::new()
        .file("a", "abc")
        .file("gone", "")
        .file("swapped", "");
    let args = [NO_TIMEOUT, "a", "gone", "swapped", "missing"];
    let (mut server, endpoint) = serve(&tree, &args);
    // The others have been found by then.
    let missing = server.says();
    assert!(missing.starts_with("\"missing\": "), "{missing}");
    fs::remove_file(tree.path("gone")).unwrap();
    fs::remove_file(tree.path("swapped")).unwrap();
    let tree = tree.fifo("swapped");
    let worker = work(&tree, &endpoint, &["--workers=1"]);
    let (status, printed, said) = server.ends();
    assert_eq!((status, printed), (Some(1), line(ABC, "a")));
    let reason = missing.strip_prefix("\"missing\"").unwrap();
    assert_eq!(
        said,
        format!("digest: \"gone\"{reason}\ndigest: \"swapped\": not a regular file\n")
    );
    worker.ends_with(0);
}

#[test]
fn two_servers_at_one_port_are_one_too_many() {
    let tree = Tree::new().file("a", "abc");
    let (server, endpoint) = serve(&tree, &[NO_TIMEOUT]);
    let refused = tree.digest(&["--serve", &endpoint]);
    assert_eq!(
        (refused.status.code(), text(&refused.stdout)),
        (Some(1), String::new())
    );
    let why =
        format!("digest: {endpoint:?}: the name is bound already, or the address is in use\n");
    assert_eq!(text(&refused.stderr), why);
    work(&tree, &endpoint, &[]).ends_with(0);
    assert_eq!(server.ends().1, line(ABC, "./a"));
}

#[test]
fn a_worker_that_finds_nobody_leaves_when_it_was_told_to() {
    let tree = Tree::new();
    let said = work(&tree, &free_port(), &["--timeout=1"]).ends_with(3);
    assert!(said.ends_with("digest: no server\n"), "{said}");
}

#[test]
fn options_that_do_not_fit_are_told() {
    let tree = Tree::new().file("a", "abc");
    for (args, why) in [
        (&["--serve"][..], "missing argument"),
        (&["--serve=inproc://jobs"], "tcp://HOST:PORT"),
        (&["--work=127.0.0.1:5555"], "tcp://HOST:PORT"),
        (
            &["--serve=tcp://*:0", "--work=tcp://127.0.0.1:1"],
            "two processes",
        ),
        (&["--serve=tcp://*:0", "--workers=2"], "--workers is for"),
        (&["--work=tcp://127.0.0.1:1", "."], "paths and --unsorted"),
        (
            &["--work=tcp://127.0.0.1:1", "--unsorted"],
            "paths and --unsorted",
        ),
        (&["--timeout=1"], "--timeout is for"),
        (
            &["--work=tcp://127.0.0.1:1", "--timeout=0"],
            "number of seconds",
        ),
    ] {
        let output = tree.digest(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(said.contains(why), "{args:?}: {said}");
    }
    for endpoint in ["tcp://127.0.0.1:99999", "tcp://nowhere"] {
        for option in ["--serve", "--work"] {
            let output = tree.digest(&[option, endpoint]);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(
                said.starts_with(&format!("digest: {endpoint:?}: ")),
                "{said}"
            );
        }
    }
}

/// A worker of the test's own, which keeps to the protocol or does not.
struct Stranger {
    socket: Dealer,
    _context: Context,
}

impl Stranger {
    fn come(endpoint: &str) -> Self {
        let context = Context::new();
        let mut socket = context.dealer().unwrap();
        socket.connect(endpoint).unwrap();
        socket.send(("here", [0_u8; 8].to_vec())).unwrap();
        Stranger {
            socket,
            _context: context,
        }
    }

    /// The ticket and the path of the next job.
    #[track_caller]
    fn job(&mut self) -> (Vec<u8>, String) {
        let message = self.socket.recv_timeout(LONG).unwrap();
        assert_eq!(message.frame(0), Some(&b"read"[..]));
        (
            message.frame(1).unwrap().into(),
            text(message.frame(2).unwrap()),
        )
    }

    fn says(&mut self, message: impl Into<Message>) {
        self.socket.send(message).unwrap();
    }

    fn has_done(&mut self, ticket: &[u8], digest: u8) {
        let digest = vec![digest; 32];
        self.says(("done", vec![0; 8], ticket.to_vec(), digest));
    }
}

#[test]
fn a_second_result_and_one_of_another_run_are_dropped() {
    let tree = Tree::new().file("a", "abc").file("b", "");
    let (server, endpoint) = serve(&tree, &[NO_TIMEOUT, "a", "b"]);
    let mut stranger = Stranger::come(&endpoint);
    let (a, path) = stranger.job();
    assert!(path.starts_with('/') && path.ends_with("/a"), "{path}");
    let (b, _) = stranger.job();
    let mut of_another_run = b.clone();
    of_another_run[0] ^= 1;
    stranger.has_done(&of_another_run, 3);
    stranger.has_done(&a, 1);
    stranger.has_done(&a, 2);
    stranger.has_done(&b, 4);
    let (status, printed, _) = server.ends();
    let expected = [line(&"01".repeat(32), "a"), line(&"04".repeat(32), "b")].concat();
    assert_eq!((status, printed), (Some(0), expected));
    let last = stranger.socket.recv_timeout(LONG).unwrap();
    assert_eq!(last, "done");
}

#[test]
fn what_is_no_report_is_ignored() {
    let tree = Tree::new().file("a", "abc");
    let (server, endpoint) = serve(&tree, &[NO_TIMEOUT, "a"]);
    let mut stranger = Stranger::come(&endpoint);
    let (ticket, _) = stranger.job();
    stranger.says("");
    stranger.says("done");
    stranger.says(("gone", vec![0; 8]));
    stranger.says(("here", vec![0; 7]));
    stranger.says(("done", vec![0; 8], ticket.clone()));
    stranger.says(("done", vec![0; 8], ticket.clone(), vec![7; 31]));
    stranger.says(("done", vec![0; 8], ticket[..15].to_vec(), vec![7; 32]));
    stranger.says(("done", vec![0; 8], Vec::new(), vec![7; 32]));
    stranger.says(Message::from_frames(["here"; 1000]));
    stranger.has_done(&ticket, 5);
    let (status, printed, said) = server.ends();
    assert_eq!((status, printed), (Some(0), line(&"05".repeat(32), "a")));
    assert_eq!(said, "");
}

#[test]
fn who_has_nothing_to_do_gets_what_waits_behind_others() {
    let tree = Tree::new().file("a", "abc");
    let (mut server, endpoint) = serve(&tree, &["--unsorted", NO_TIMEOUT, "a", "a", "a"]);
    let mut lines = server.stdout();
    let mut slow = Stranger::come(&endpoint);
    let jobs = [(); 3].map(|()| slow.job().0);
    // It has all of them, reads the first, and does not come to the others.
    let worker = work(&tree, &endpoint, &["--workers=1"]);
    for _ in 0..2 {
        let mut done = String::new();
        lines.read_line(&mut done).unwrap();
        assert_eq!(done, line(ABC, "a"));
    }
    slow.has_done(&jobs[1], 1); // too late
    slow.has_done(&jobs[0], 2);
    let rest: Vec<_> = lines.lines().map_while(Result::ok).collect();
    assert_eq!(rest, [line(&"02".repeat(32), "a").trim_end()]);
    server.ends_with(0);
    worker.ends_with(0);
}
