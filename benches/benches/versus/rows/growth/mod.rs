//! The curves: how the cost of an operation grows with a size.

pub(crate) mod channels;
pub(crate) mod links;
pub(crate) mod messages;
pub(crate) mod peers;
pub(crate) mod timers;

use crate::book::{Curve, Kind};

/// A curve of operations of one thread.
fn alone(
    name: &'static str,
    about: &'static str,
    per: &'static str,
    over: &'static str,
    sizes: &[usize],
) -> Curve {
    Curve::new(name, about, per, over).at(Kind::OneThread, sizes)
}

/// All curves, nobody in them yet.
pub(crate) fn curves() -> Vec<Curve> {
    let curves = [
        peers::curves(),
        links::curves(),
        channels::curves(),
        messages::curves(),
        super::crowd::curves(),
        timers::curves(),
        super::queue::curves(),
    ];
    curves.into_iter().flatten().collect()
}
