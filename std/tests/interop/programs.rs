//! Our example programs, beside the peers that their first lines name.

use super::peer::{Library, Peer, endpoints};

/// What a line has between these two texts.
fn between<'l>(line: &'l str, before: &str, after: &str) -> &'l str {
    let inner = line.strip_prefix(before);
    let inner = inner.and_then(|rest| rest.strip_suffix(after));
    inner.unwrap_or_else(|| panic!("{line}"))
}

#[test]
fn rep_server_answers_a_req_and_ends_on_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with("REQ") {
        for endpoint in endpoints(&folder) {
            println!("{library:?} at {endpoint}");
            let mut server = Peer::example("rep_server", &[&endpoint]);
            let line = server.line();
            let at = between(&line, "serving ", " until Ctrl-C");
            for _ in 0..2 {
                Peer::start(library, &["req", "connect", at, "50"]).ends_well();
            }
            server.interrupt();
            assert_eq!(server.line(), "the server has answered 100 requests");
            assert_eq!(server.exit_code(), Some(130));
            if let Some(path) = at.strip_prefix("ipc://") {
                assert!(!std::fs::exists(path).unwrap(), "its file is gone");
            }
        }
    }
}

#[test]
fn numpy_sink_takes_the_arrays_of_numpy_and_has_their_sums() {
    // The smallest are in the message itself, the largest are read to where they stay.
    let lengths = ["1", "7", "1000", "250001", "0", "5000000"];
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with("numpy") {
        for endpoint in endpoints(&folder) {
            println!("{library:?} at {endpoint}");
            let count = lengths.len().to_string();
            let mut sink = Peer::example("numpy_sink", &[&endpoint, &count]);
            let line = sink.line();
            let at = between(&line, "waiting at ", "");
            let arguments = [&["arrays", "connect", at], &lengths[..]].concat();
            let mut peer = Peer::start(library, &arguments);
            for (number, length) in lengths.iter().enumerate() {
                let line = sink.line();
                let before = format!("array {}: {length} values, sum ", number + 1);
                let sum: f64 = between(&line, &before, "").parse().unwrap();
                let theirs: f64 = peer.got().parse().unwrap();
                // Of quarters: exact, in whatever order they are added.
                assert_eq!(sum.to_string(), theirs.to_string(), "{length} values");
            }
            assert_eq!(sink.exit_code(), Some(0));
            peer.ends_well();
        }
    }
}
