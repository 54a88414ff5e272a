//! What bad peers say.

use super::Random;
use super::frames::*;
use super::listeners::At;

/// What the listeners take.
pub(super) const MOST: usize = 1 << 20;
pub(super) const MOST_FRAMES: usize = 1000;

/// What a bad peer says, where, and why it is shown the door; "leaves": it goes itself.
pub(super) fn bad_inputs() -> Vec<(&'static str, At, Vec<u8>, &'static str)> {
    let typed = property("Socket-Type", b"PUSH");
    let two = |one: &[u8], other: &[u8]| command("READY", &[one, other].concat());
    let named = |len: usize| {
        let identity = property("Identity", &vec![b'x'; len]);
        greeted(&two(&property("Socket-Type", b"DEALER"), &identity))
    };
    let mut cut = ready("PUSH");
    cut.truncate(cut.len() - 2);
    cut[1] -= 2;
    let mut old = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1];
    old.extend([8, 0, 0]);
    let mut signature = greeting(3, "NULL", 0);
    signature[9] = 0x7e;
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let noise = |random: &mut Random| random.bytes(4096);
    let subscribe = |number: u32| command("SUBSCRIBE", &number.to_be_bytes());
    let push = |rest: &[u8]| known("PUSH", rest);
    let plain = |hello: &[u8]| [greeting(3, "PLAIN", 0), command("HELLO", hello)].concat();
    vec![
        ("nothing", At::Pull, vec![], "timeout"),
        (
            "half a greeting",
            At::Pull,
            greeting(3, "NULL", 0)[..30].to_vec(),
            "timeout",
        ),
        ("no READY", At::Pull, greeted(&[]), "timeout"),
        (
            "half of READY",
            At::Pull,
            greeted(&ready("PUSH")[..9]),
            "timeout",
        ),
        (
            "a browser",
            At::Pull,
            b"GET / HTTP/1.1\r\nHost: me\r\n\r\n".to_vec(),
            "protocol",
        ),
        ("a wrong signature", At::Pull, signature, "protocol"),
        (
            "ZMTP 1.0",
            At::Pull,
            vec![1, 0, 6, 0, b'h', b'e', b'l', b'l', b'o', 0, 0],
            "protocol",
        ),
        ("ZMTP 2.0", At::Pull, old, "protocol"),
        ("major 1", At::Pull, greeting(1, "NULL", 0), "protocol"),
        ("major 2", At::Pull, greeting(2, "NULL", 0), "protocol"),
        (
            "PLAIN for NULL",
            At::Pull,
            greeting(3, "PLAIN", 0),
            "security",
        ),
        ("NULL for PLAIN", At::Plain, push(&[]), "security"),
        (
            "an unknown mechanism",
            At::Pull,
            greeting(3, "MAGIC", 0),
            "security",
        ),
        ("no mechanism", At::Pull, greeting(3, "", 0), "security"),
        (
            "a wrong password",
            At::Plain,
            plain(b"\x02me\x05wrong"),
            "security",
        ),
        (
            "a HELLO that is cut",
            At::Plain,
            plain(b"\x02me\xffwrong"),
            "security",
        ),
        (
            "a second server",
            At::Plain,
            [greeting(3, "PLAIN", 1), ready("PUSH")].concat(),
            "security",
        ),
        (
            "READY of 1 MiB",
            At::Pull,
            greeted(&command("READY", &vec![0; 1 << 20])),
            "too large",
        ),
        (
            "READY of 8 GiB",
            At::Pull,
            greeted(&announced(COMMAND, 8 << 30)),
            "too large",
        ),
        (
            "READY without a type",
            At::Pull,
            greeted(&command("READY", &[])),
            "protocol",
        ),
        (
            "an unknown type",
            At::Pull,
            greeted(&ready("FOO")),
            "protocol",
        ),
        (
            "a type in small letters",
            At::Pull,
            greeted(&ready("push")),
            "protocol",
        ),
        (
            "a Pull for a Pull",
            At::Pull,
            greeted(&ready("PULL")),
            "protocol",
        ),
        (
            "a Pull for a Dealer",
            At::Dealer,
            greeted(&ready("PULL")),
            "protocol",
        ),
        (
            "a property that is cut",
            At::Pull,
            greeted(&cut),
            "protocol",
        ),
        (
            "a property twice",
            At::Pull,
            greeted(&two(&typed, &typed)),
            "protocol",
        ),
        (
            "an identity of 256 bytes",
            At::Router,
            named(256),
            "protocol",
        ),
        (
            "an identity of 60 000 bytes",
            At::Router,
            named(60_000),
            "protocol",
        ),
        (
            "a message for READY",
            At::Pull,
            greeted(&frame(0, b"hello")),
            "protocol",
        ),
        (
            "an unknown command for READY",
            At::Pull,
            greeted(&command("HOWDY", &[])),
            "protocol",
        ),
        (
            "ERROR for READY",
            At::Pull,
            greeted(&command("ERROR", b"\x02no")),
            "security",
        ),
        (
            "READY with MORE",
            At::Pull,
            greeted(&frame(COMMAND | MORE, b"\x05READY")),
            "protocol",
        ),
        (
            "a command with MORE",
            At::Pull,
            push(&frame(COMMAND | MORE, b"\x04PONG")),
            "protocol",
        ),
        (
            "a reserved flag",
            At::Pull,
            push(&frame(8, b"x")),
            "protocol",
        ),
        ("all flags", At::Pull, push(&frame(0xff, b"x")), "protocol"),
        (
            "2^62 bytes",
            At::Pull,
            push(&announced(0, 1 << 62)),
            "too large",
        ),
        (
            "2^63 bytes",
            At::Pull,
            push(&announced(0, 1 << 63)),
            "too large",
        ),
        (
            "2^64 - 1 bytes",
            At::Pull,
            push(&announced(MORE, u64::MAX)),
            "too large",
        ),
        ("8 GiB", At::Pull, push(&announced(0, 8 << 30)), "too large"),
        (
            "a byte too many",
            At::Pull,
            push(&announced(0, MOST as u64 - 63)),
            "too large",
        ),
        (
            "the most, and no bytes",
            At::Pull,
            push(&announced(0, MOST as u64 - 64)),
            "leaves",
        ),
        (
            "frames without end",
            At::Pull,
            push(&frame(MORE, b"").repeat(100_000)),
            "too many frames",
        ),
        (
            "a frame too many",
            At::Pull,
            push(&[frame(MORE, b"").repeat(MOST_FRAMES), announced(0, 5)].concat()),
            "too many frames",
        ),
        (
            "the most frames, and no end",
            At::Pull,
            push(&frame(MORE, b"").repeat(MOST_FRAMES)),
            "leaves",
        ),
        (
            "a question of frames without end",
            At::Rep,
            known("REQ", &frame(MORE, b"").repeat(100_000)),
            "too many frames",
        ),
        (
            "frames of 4 KiB without end",
            At::Pull,
            push(&frame(MORE, &[0; 4096]).repeat(400)),
            "too large",
        ),
        (
            "a command of 1 MiB",
            At::Pull,
            push(&command("NOISE", &vec![0; 1 << 20])),
            "too large",
        ),
        (
            "an empty command",
            At::Pull,
            push(&frame(COMMAND, b"")),
            "protocol",
        ),
        (
            "a name beyond the end",
            At::Pull,
            push(&frame(COMMAND, b"\xffPING")),
            "protocol",
        ),
        (
            "a PING without a time",
            At::Pull,
            push(&command("PING", b"")),
            "protocol",
        ),
        ("READY again", At::Pull, push(&ready("PUSH")), "protocol"),
        (
            "ERROR after READY",
            At::Pull,
            push(&command("ERROR", b"\x02no")),
            "protocol",
        ),
        (
            "an unknown command",
            At::Pull,
            push(&command("HOWDY", b"you")),
            "leaves",
        ),
        (
            "a stray PONG",
            At::Pull,
            push(&command("PONG", b"you")),
            "leaves",
        ),
        (
            "a SUBSCRIBE for a Pull",
            At::Pull,
            push(&command("SUBSCRIBE", b"you")),
            "leaves",
        ),
        (
            "half a message",
            At::Pull,
            push(&frame(MORE, b"half")),
            "leaves",
        ),
        (
            "half a frame",
            At::Pull,
            push(&frame(0, b"half")[..4]),
            "leaves",
        ),
        (
            "PINGs without end",
            At::Pull,
            push(&command("PING", b"\0\0what?").repeat(400_000)),
            "leaves",
        ),
        (
            "a message for a Push",
            At::Push,
            known("PULL", &frame(0, b"x")),
            "protocol",
        ),
        (
            "a question without an empty frame",
            At::Rep,
            known("REQ", &frame(0, b"x")),
            "leaves",
        ),
        (
            "nothing but an empty frame",
            At::Rep,
            known("REQ", &frame(0, b"")),
            "leaves",
        ),
        (
            "a Req without an empty frame",
            At::Router,
            known("REQ", &frame(0, b"x")),
            "protocol",
        ),
        (
            "a Req that says nothing",
            At::Router,
            known("REQ", &frame(0, b"")),
            "protocol",
        ),
        (
            "messages for a Publish",
            At::Publish,
            known("SUB", &frame(0, b"x").repeat(9)),
            "leaves",
        ),
        (
            "a CANCEL too many",
            At::Publish,
            known("SUB", &command("CANCEL", b"x")),
            "leaves",
        ),
        (
            "subscriptions without end",
            At::Publish,
            known("SUB", &(0..70_000).flat_map(subscribe).collect::<Vec<_>>()),
            "protocol",
        ),
        (
            "large subscriptions",
            At::Publish,
            known("SUB", &frame(0, &[1; 60_000]).repeat(80)),
            "protocol",
        ),
        ("noise", At::Pull, noise(&mut random), "protocol"),
        (
            "noise for READY",
            At::Pull,
            greeted(&noise(&mut random)),
            "protocol",
        ),
        (
            "noise after READY",
            At::Pull,
            push(&noise(&mut random)),
            "protocol",
        ),
    ]
}
