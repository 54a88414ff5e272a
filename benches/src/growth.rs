//! How the cost of an operation grows with a size: the times of each contender at each size, the text table of them, and
//! the exponent of their growth.
//!
//! The times at two sizes were not measured at the same moment, so a step between them may be the machine's. The ratio to
//! the best rival is one within the rounds at one size, as everywhere in these benches.

use crate::stats::{Spread, short};
use std::fmt::Write;

/// In what unit times are shown. All times are kept in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Times are shown as they are.
    Nanoseconds,
    /// Times are shown by the thousand.
    Microseconds,
}

impl Unit {
    /// The unit's symbol.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "µs",
        }
    }

    /// A time in this unit.
    pub fn of(self, nanoseconds: f64) -> f64 {
        match self {
            Unit::Nanoseconds => nanoseconds,
            Unit::Microseconds => nanoseconds / 1e3,
        }
    }
}

/// A contender at one size.
#[derive(Clone, Debug)]
pub struct Point {
    /// The size.
    pub size: usize,
    /// Nanoseconds of an operation.
    pub time: Spread,
    /// The best rival at this size, and the ratio of the times to it.
    pub to_rival: Option<(String, Spread)>,
}

/// A contender at all sizes at which it takes part.
#[derive(Clone, Debug)]
pub struct Series {
    /// The contender; the first word is its library.
    pub name: String,
    /// Its times, the smallest size first.
    pub points: Vec<Point>,
}

impl Series {
    /// Returns `true` if the contender is gimmal's.
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("gimmal")
    }

    fn at(&self, size: usize) -> Option<&Point> {
        self.points.iter().find(|point| point.size == size)
    }

    /// The sizes and the median times.
    fn medians(&self) -> Vec<(f64, f64)> {
        let median = |point: &Point| (point.size as f64, point.time.median);
        self.points.iter().map(median).collect()
    }
}

/// All contenders of one curve.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The curve's name.
    pub name: String,
    /// What the sizes count.
    pub over: String,
    /// What an operation is.
    pub per: String,
    /// In what unit times are shown.
    pub unit: Unit,
    /// The contenders.
    pub series: Vec<Series>,
}

impl Growth {
    /// All sizes at which somebody takes part, in order.
    pub fn sizes(&self) -> Vec<usize> {
        let points = self.series.iter().flat_map(|series| &series.points);
        let mut sizes: Vec<_> = points.map(|point| point.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The table: a line for each size, a column for each contender, and behind them the ratios of ours to the best rival.
    pub fn markdown(&self) -> String {
        let ours = || self.series.iter().filter(|series| series.is_ours());
        let mut table = format!("| {} |", self.over);
        for series in &self.series {
            let _ = write!(table, " {}, {} |", series.name, self.unit.symbol());
        }
        for series in ours() {
            let _ = write!(table, " {} to the best rival |", series.name);
        }
        let columns = self.series.len() + ours().count();
        let _ = writeln!(table, "\n|---:|{}", "---:|".repeat(columns));
        for size in self.sizes() {
            let _ = write!(table, "| {size} |");
            for series in &self.series {
                let time = |point: &Point| short(self.unit.of(point.time.median));
                let _ = write!(table, " {} |", or_dash(series.at(size).map(time)));
            }
            for series in ours() {
                let ratio = series.at(size).and_then(|point| point.to_rival.as_ref());
                let ratio = ratio.map(|(rival, ratio)| format!("{ratio} of {rival}"));
                let _ = write!(table, " {} |", or_dash(ratio));
            }
            table.push('\n');
        }
        for (name, of_last) in [("exponent", None), ("exponent of the last step", Some(2))] {
            let _ = write!(table, "| {name} |");
            for series in &self.series {
                let all = series.medians();
                let from = of_last.map_or(0, |last| all.len().saturating_sub(last));
                let number = exponent(&all[from..]).map(|number| format!("{number:.2}"));
                let _ = write!(table, " {} |", or_dash(number));
            }
            let _ = writeln!(table, "{}", " |".repeat(ours().count()));
        }
        table
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// The exponent `e` of the cost that is closest to `c * size^e` for some `c`: 0 if the cost does not grow, 1 if it grows as
/// the size does. It is the slope of the line through the logarithms with the least squares. `None` of fewer than two sizes.
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logarithms = points.iter().map(|(size, cost)| (size.ln(), cost.ln()));
    let logarithms: Vec<_> = logarithms.collect();
    let count = logarithms.len() as f64;
    let mean_x = logarithms.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logarithms.iter().map(|(_, y)| y).sum::<f64>() / count;
    let (mut products, mut squares) = (0.0, 0.0);
    for (x, y) in logarithms {
        products += (x - mean_x) * (y - mean_y);
        squares += (x - mean_x) * (x - mean_x);
    }
    (squares > 0.0).then(|| products / squares)
}
