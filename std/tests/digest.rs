//! The example `digest`, run as a program: its lines, its status, how it ends.
//!
//! Plain `cargo test` builds the examples first.
#![cfg(unix)]

mod kit;
mod digest {
    #[cfg(all(feature = "net", target_os = "linux"))]
    pub(crate) mod processes;
    // What a process reads is seen in `/proc`.
    #[cfg(all(feature = "net", target_os = "linux"))]
    mod served;
    pub(crate) mod tree;
}

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStderr, Command};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use digest::tree::{ABC, EMPTY, Tree, finish, line, signal, skipped, text};

#[test]
fn a_tree_is_printed_in_the_order_of_the_bytes_of_its_paths() {
    let tree = Tree::new()
        .file("b/c", "abc")
        .file("b.c", "")
        .file("a", "abc")
        .file("b-", "");
    let all = [
        (ABC, "./a"),
        (EMPTY, "./b-"),
        (EMPTY, "./b.c"),
        (ABC, "./b/c"),
    ];
    let expected: String = all
        .iter()
        .map(|(digest, path)| line(digest, path))
        .collect();
    assert_eq!(tree.lines(&[]), expected);
    assert_eq!(tree.lines(&["."]), expected);
    for workers in ["1", "8", "256"] {
        assert_eq!(tree.lines(&["--workers", workers]), expected);
    }
    let unsorted = tree.lines(&["--unsorted", "--workers=8"]);
    let mut lines: Vec<_> = unsorted.split_inclusive('\n').collect();
    lines.sort_by_key(|line| &line[64..]);
    assert_eq!(lines.concat(), expected);
}

#[test]
fn paths_are_named_as_find_names_them() {
    let tree = Tree::new()
        .file("d/e/f", "abc")
        .file("-", "")
        .file("--help", "");
    assert_eq!(tree.lines(&["d"]), line(ABC, "d/e/f"));
    assert_eq!(tree.lines(&["d/"]), line(ABC, "d/e/f"));
    assert_eq!(tree.lines(&["./d//e"]), line(ABC, "./d//e/f"));
    assert_eq!(tree.lines(&["d/e/f"]), line(ABC, "d/e/f"));
    assert_eq!(tree.lines(&["d/../d"]), line(ABC, "d/../d/e/f"));
    assert_eq!(tree.lines(&["--", "--help"]), line(EMPTY, "--help"));
    assert_eq!(tree.lines(&["-"]), line(EMPTY, "-"));
}

#[test]
fn what_is_named_twice_is_printed_twice() {
    let tree = Tree::new().file("a", "abc");
    assert_eq!(
        tree.lines(&[".", "./a", "a", "a"]),
        [line(ABC, "./a").repeat(2), line(ABC, "a").repeat(2)].concat()
    );
}

#[test]
fn links_are_followed_as_arguments_only() {
    let tree = Tree::new().file("d/a", "abc").file("b", "");
    let tree = tree
        .link("to-d", "d")
        .link("to-b", "b")
        .link("d/up", "..")
        .link("d/to-b", "../b");
    assert_eq!(
        tree.lines(&["."]),
        [line(EMPTY, "./b"), line(ABC, "./d/a")].concat()
    );
    assert_eq!(
        tree.lines(&["to-d", "to-b"]),
        [line(EMPTY, "to-b"), line(ABC, "to-d/a")].concat()
    );
}

#[test]
fn an_empty_tree_prints_nothing() {
    let tree = Tree::new();
    fs::create_dir(tree.path("d")).unwrap();
    assert_eq!(tree.lines(&["."]), "");
}

/// Names that are escaped, and names that look as if they should be.
const ODD: [&[u8]; 9] = [
    b" leading space",
    b"#",
    b"*star",
    b"-n",
    b"back\\slash",
    b"new\nline",
    b"\\",
    b"both\\\n",
    b"trailing ",
];

#[test]
fn odd_names_are_escaped_as_sha256sum_does() {
    let mut tree = ODD
        .iter()
        .fold(Tree::new(), |tree, name| tree.file(*name, "abc"));
    tree = tree.file("carriage\rreturn", "abc");
    let escaped: [(&str, &str); 10] = [
        ("", "./ leading space"),
        ("", "./#"),
        ("", "./*star"),
        ("", "./-n"),
        ("\\", r"./\\"),
        ("\\", r"./back\\slash"),
        ("\\", r"./both\\\n"),
        ("\\", r"./carriage\rreturn"),
        ("\\", r"./new\nline"),
        ("", "./trailing "),
    ];
    let expected: String = escaped
        .iter()
        .map(|(mark, path)| line(&format!("{mark}{ABC}"), path))
        .collect();
    let output = tree.digest(&[]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn names_that_are_no_utf_8_are_printed_as_they_are() {
    let tree = Tree::new();
    if fs::write(tree.path(b"a\xff"), "abc").is_err() {
        skipped("this file system takes UTF-8 only");
        return;
    }
    let output = tree.digest(&[]);
    assert_eq!(output.stdout, [ABC.as_bytes(), b"  ./a\xff\n"].concat());
}

#[test]
fn sha256sum_prints_the_same_and_accepts_it() {
    let mut tree = ODD
        .iter()
        .fold(Tree::new(), |tree, name| tree.file(*name, "odd"));
    for number in 0..300 {
        let content = "x".repeat(number * 331 % 70_000);
        tree = tree.file(&format!("{}/{}/{number}", number % 7, number % 5), &content);
    }
    let output = tree.digest(&[]);
    assert_eq!(output.status.code(), Some(0));

    fs::write(tree.path("sums"), &output.stdout).unwrap();
    let check = Command::new("sha256sum")
        .args(["--check", "--quiet", "sums"])
        .current_dir(tree.root())
        .output();
    let Ok(check) = check else {
        skipped("sha256sum is not installed");
        return;
    };
    assert!(check.status.success(), "{check:?}");

    fs::remove_file(tree.path("sums")).unwrap();
    let find = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum";
    let theirs = Command::new("sh")
        .args(["-c", find])
        .current_dir(tree.root())
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), text(&theirs.stdout));
}

#[test]
fn what_cannot_be_read_is_told_in_a_line_and_the_rest_goes_on() {
    let tree = Tree::new()
        .file("a", "abc")
        .fifo("fifo")
        .link("dangling", "nowhere");
    let output = tree.digest(&["missing", ".", "dangling", "new\nline", "fifo", "a"]);
    assert_eq!(
        text(&output.stdout),
        [line(ABC, "./a"), line(ABC, "a")].concat()
    );
    assert_eq!(output.status.code(), Some(1));

    let said = text(&output.stderr);
    let said: Vec<_> = said.lines().collect();
    assert_eq!(said.len(), 4, "{said:?}");
    for (name, line) in ["missing", "dangling", "new\\nline", "fifo"]
        .iter()
        .zip(said)
    {
        assert!(line.starts_with(&format!("digest: \"{name}\": ")), "{line}");
    }
}

#[test]
fn a_directory_that_is_locked_is_told_in_a_line() {
    let tree = Tree::new()
        .file("a", "abc")
        .file("locked/in", "abc")
        .file("b", "");
    let permit =
        |mode| fs::set_permissions(tree.path("locked"), fs::Permissions::from_mode(mode)).unwrap();
    permit(0);
    let is_allowed = fs::read_dir(tree.path("locked")).is_ok();
    let output = tree.digest(&[]);
    permit(0o700);
    if is_allowed {
        skipped("nothing is locked for this user");
        return;
    }
    assert_eq!(
        text(&output.stdout),
        [line(ABC, "./a"), line(EMPTY, "./b")].concat()
    );
    assert!(text(&output.stderr).starts_with("digest: \"./locked\": "));
    assert_eq!(
        (output.status.code(), text(&output.stderr).lines().count()),
        (Some(1), 1)
    );
}

#[test]
fn a_wrong_option_is_told_and_nothing_is_done() {
    let tree = Tree::new().file("a", "abc");
    for args in [
        &["--unknown"][..],
        &["-x"],
        &["--workers"],
        &["--workers", "0"],
        &["--workers=257"],
        &["--workers=many", "."],
        &["--unsorted=yes"],
        &[".", "--workers", "-1"],
    ] {
        let output = tree.digest(args);
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(2), String::new()),
            "{args:?}"
        );
        assert!(text(&output.stderr).starts_with("digest: "), "{args:?}");
    }
    for args in [&["--help"][..], &["-h"], &[".", "--help"]] {
        assert!(tree.lines(args).starts_with("Usage: digest "));
    }
}

#[cfg(not(feature = "net"))]
#[test]
fn other_processes_need_a_feature_that_is_named() {
    let tree = Tree::new().file("a", "abc");
    for option in ["--serve", "--work"] {
        let output = tree.digest(&[option, "tcp://127.0.0.1:5555"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--features net"), "{said}");
    }
}

#[test]
fn a_tree_deeper_than_directories_are_held_open() {
    let deep = "d/".repeat(400);
    let tree = Tree::new()
        .file(&format!("{deep}a"), "abc")
        .file("d/d/b", "");
    let expected = [line(EMPTY, "./d/d/b"), line(ABC, &format!("./{deep}a"))].concat();
    assert_eq!(tree.lines(&[]), expected);
}

/// A tree of many files with long names: far more lines than a pipe holds.
fn wide() -> Tree {
    (0..1500).fold(Tree::new(), |tree, number| {
        tree.file(&format!("{number:0>120}"), "abc")
    })
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let tree = wide().endless("zzz");
    let mut child = tree.start(&["--unsorted", "--workers=2"]);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.ends_with('\n'));
    // Whoever reads the endless file is stopped too.
    let output = finish(child);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );

    fs::remove_file(tree.path("zzz")).unwrap();
    let mut child = tree.start(&[]);
    drop(child.stdout.take());
    let output = finish(child);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = fs::File::create("/dev/full") else {
        skipped("there is no /dev/full");
        return;
    };
    let tree = Tree::new().file("a", "abc");
    let output = finish(tree.command(&[]).stdout(full).spawn().unwrap());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("digest: \"standard output\": "));
}

const BOTH: [(Signal, i32); 2] = [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)];

#[test]
fn a_signal_in_the_middle_of_a_huge_file_leaves_whole_lines() {
    let tree = Tree::new().file("a", "abc").file("b", "").endless("huge");
    for (which, status) in BOTH {
        let mut child = tree.start(&["--unsorted", "--workers=4", "huge", "huge", "a", "b"]);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = [String::new(), String::new()];
        for line in &mut lines {
            out.read_line(line).unwrap();
        }
        signal(child.id(), which);
        let output = finish(child);
        lines.sort_by_key(|line| line[64..].to_owned());
        assert_eq!(lines, [line(ABC, "a"), line(EMPTY, "b")]);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        assert_eq!(output.status.code(), Some(status));
        let said = format!(
            "digest: stopped by signal {}: 2 of 4 files done\n",
            which as i32
        );
        assert_eq!(text(&output.stderr), said);
    }
}

/// Starts `digest` with a path that is missing behind `args`, and returns when that was told: the others were sent then.
fn start_and_wait(tree: &Tree, args: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut child = tree.start(&[args, &["missing"]].concat());
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.starts_with("digest: \"missing\": "), "{first}");
    (child, said)
}

#[test]
fn a_signal_before_the_end_prints_no_sorted_line() {
    let tree = Tree::new().file("a", "abc").endless("huge");
    for (which, status) in BOTH {
        let (child, mut said) = start_and_wait(&tree, &["a", "huge", "--workers=1"]);
        // A second one changes nothing: some senders send two.
        (0..2).for_each(|_| signal(child.id(), which));
        let output = finish(child);
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(status), String::new())
        );
        let mut summary = String::new();
        said.read_to_string(&mut summary).unwrap();
        let begin = format!("digest: stopped by signal {}: ", which as i32);
        let end = "of 2 files done, 1 could not be read\n";
        assert!(
            summary.starts_with(&begin) && summary.ends_with(end),
            "{summary}"
        );
    }
}

#[test]
fn a_signal_ends_it_also_when_nobody_reads_its_output() {
    let tree = wide();
    let mut child = tree.start(&["missing", ".", "--unsorted"]);
    let mut said = BufReader::new(child.stderr.take().unwrap());
    said.read_line(&mut String::new()).unwrap();
    let mut out = child.stdout.take().unwrap();
    signal(child.id(), Signal::SIGTERM);
    let output = finish(child);
    assert_eq!(output.status.code(), Some(143));

    let mut printed = String::new();
    out.read_to_string(&mut printed).unwrap();
    assert!(printed.is_empty() || printed.ends_with('\n'));
    assert!(
        printed
            .lines()
            .all(|line| line.len() == 66 + 2 + 120 && line.starts_with(ABC))
    );
    let mut summary = String::new();
    said.read_to_string(&mut summary).unwrap();
    assert!(summary.contains("stopped by signal 15"), "{summary}");
}

#[test]
fn a_tree_that_changes_meanwhile_breaks_nothing() {
    let tree = (0..200).fold(Tree::new(), |tree, number| {
        tree.file(&format!("{}/{number}", number % 20), "abc")
    });
    /// Ends the changes also where an assertion fails: a scope waits for its threads.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                for number in 0..20 {
                    let directory = tree.path(&number.to_string());
                    let away = tree.path(&format!("{number}-away"));
                    let _ = fs::rename(&directory, &away);
                    let file = away.join((number + 20).to_string());
                    let _ = fs::remove_file(&file);
                    let _ = mkfifo(&file, Mode::S_IRUSR);
                    let _ = fs::rename(&away, &directory);
                }
            }
        });
        for _ in 0..20 {
            let output = tree.digest(&["--workers=4"]);
            assert!(
                matches!(output.status.code(), Some(0 | 1)),
                "{:?}",
                output.status
            );
            let printed = text(&output.stdout);
            assert!(
                printed.lines().all(|line| line.starts_with(ABC)),
                "{printed}"
            );
            let said = text(&output.stderr);
            assert!(
                said.lines().all(|line| line.starts_with("digest: \"./")),
                "{said}"
            );
            assert_eq!(output.status.code() == Some(0), said.is_empty());
        }
    });
}
