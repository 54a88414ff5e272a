//! With the feature `tracing-0_1`, what happens to sockets is told to the subscriber of `tracing`.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use gimmal::Context;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Keeps the level, the target and the text of each event.
#[derive(Clone, Default)]
struct Keeps(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").unwrap();
        }
    }
}

impl Subscriber for Keeps {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let line = format!("{level} {target} {}", text.0);
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_subscriber_hears_what_happens_to_sockets() {
    let keeps = Keeps::default();
    tracing::subscriber::with_default(keeps.clone(), || {
        let context = Context::new();
        let pull = context.pull().unwrap();
        pull.bind("inproc://jobs").unwrap();
        let push = context.push().unwrap();
        push.connect("inproc://jobs").unwrap();
        assert!(push.bind("inproc://jobs").is_err());
        pull.close();
    });
    let heard = keeps.0.lock().unwrap().clone();
    let wanted = [
        "DEBUG gimmal::socket [0] Pull was opened",
        "DEBUG gimmal::socket [0] Pull has bound inproc://jobs",
        "DEBUG gimmal::socket [1] Push was opened",
        "DEBUG gimmal::socket [1] Push is linked with [0]",
        "DEBUG gimmal::socket [0] Pull is linked with [1]",
        "WARN gimmal::socket [1] Push was refused inproc://jobs: the name is bound already, or the address is in use",
        "DEBUG gimmal::socket [0] Pull was closed",
        "DEBUG gimmal::socket [1] Push has lost its link with [0]",
        "DEBUG gimmal::socket [1] Push was closed",
    ];
    assert_eq!(heard, wanted);
}
