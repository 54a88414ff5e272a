//! The rule about futures beside blocking calls, tested: small libraries, and what is found in them.

use super::items::of_library;
use super::tree::Source;
use super::twins::twins;

fn found(library: &str, without: &[(&str, &str)]) -> Vec<String> {
    let all = [Source::new("std/src/lib.rs", library)];
    let found = twins(&of_library(&all, "std/src/"), without);
    found.iter().map(|one| one.to_string()).collect()
}

#[test]
fn what_blocks_and_has_no_future_is_found() {
    for library in [
        "pub struct S;\nimpl S { /// Blocks until it is there.\npub fn wait(&self) {} }",
        "pub struct S;\nimpl S { /// Waits.\npub fn wait_timeout(&self) {} }",
        "pub struct S;\npub struct T;\nimpl S { /// Waits.\npub fn wait_deadline(&self) {} }\nimpl T { /// Waits.\npub fn wait_async(&self) {} }",
    ] {
        let found = found(library, &[]);
        assert!(
            found.len() == 1 && found[0].contains("`S::wait` has no"),
            "{found:?}"
        );
    }
}

#[test]
fn a_future_or_a_reason_is_enough_and_a_setting_blocks_nobody() {
    let both = "pub struct S;\nimpl S { /// Blocks a while.\npub fn wait(&self) {} /// Waits.\npub fn wait_async(&self) {} }";
    assert!(found(both, &[]).is_empty());
    let alone = "pub struct S;\nimpl S { /// Blocks a while.\npub fn wait(&self) {} }";
    assert!(found(alone, &[("S::wait", "a thread's")]).is_empty());
    let setting = "pub struct S;\nimpl S { /// Sets it.\npub fn set_recv_timeout(&self) {} }";
    assert!(found(setting, &[]).is_empty());
}

#[test]
fn a_reason_that_is_not_needed_is_found() {
    let found = found(
        "/// Returns it.\npub fn f() {}",
        &[("S::wait", "a thread's")],
    );
    assert!(
        found.len() == 1 && found[0].contains("needs no line"),
        "{found:?}"
    );
}
