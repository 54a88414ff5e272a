//! The plot of a curve: the cost of an operation by a size, both on logarithmic axes.
//!
//! gimmal's lines are thick and their dots carry a whisker from the best round to the worst; every dot says its contender
//! and its numbers when pointed at.

use crate::growth::{Growth, Point, Series, Unit};
use crate::stats::{Spread, short};
use crate::svg::{COLOURS, escape, text};
use std::fmt::Write;

const LEFT: f64 = 80.0;
const WIDTH: f64 = 600.0;
/// Below the title.
const TOP: f64 = 40.0;
const HEIGHT: f64 = 360.0;
/// Beside the plot.
const LEGEND: f64 = 220.0;
/// Below the plot: the sizes, and what they count.
const BELOW: f64 = 50.0;
/// The names of two sizes are at least so far apart.
const APART: f64 = 30.0;

/// A logarithmic axis.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// From the power of ten below all values to the one above. Values that are not above 0 do not count.
    pub fn of_decades(values: &[f64]) -> Self {
        let axis = Self::of(values);
        let power = |exponent: f64| 10_f64.powf(exponent);
        let low = axis.low.log10().floor();
        Axis {
            low: power(low),
            high: power(axis.high.log10().ceil().max(low + 1.0)),
        }
    }

    /// From the smallest value to the largest. Values that are not above 0 do not count.
    pub fn of(values: &[f64]) -> Self {
        let values = values.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match low <= high {
            true => Axis { low, high },
            false => Axis {
                low: 1.0,
                high: 1.0,
            },
        }
    }

    /// Where a value stands: 0 at the low end, 1 at the high one, and in the middle of an axis of one value.
    pub fn place(self, value: f64) -> f64 {
        let length = (self.high / self.low).ln();
        match length > 0.0 {
            true => (value.clamp(self.low, self.high) / self.low).ln() / length,
            false => 0.5,
        }
    }

    /// The powers of ten on it.
    pub fn decades(self) -> Vec<f64> {
        let (from, to) = (self.low.log10().ceil(), self.high.log10().floor());
        let exponents = (from as i32)..=(to as i32);
        exponents.map(|exponent| 10_f64.powi(exponent)).collect()
    }
}

/// The two axes.
struct Frame {
    x: Axis,
    y: Axis,
    unit: Unit,
}

impl Frame {
    fn x(&self, point: &Point) -> f64 {
        self.across(point.size as f64)
    }

    fn across(&self, size: f64) -> f64 {
        LEFT + self.x.place(size) * WIDTH
    }

    /// The height of a time, which is in nanoseconds.
    fn y(&self, time: f64) -> f64 {
        self.up(self.unit.of(time))
    }

    fn up(&self, cost: f64) -> f64 {
        TOP + (1.0 - self.y.place(cost)) * HEIGHT
    }
}

/// Draws the plot.
pub fn draw(growth: &Growth) -> String {
    let sizes = growth.sizes();
    let points = growth.series.iter().flat_map(|series| &series.points);
    let times: Vec<_> = points
        .map(|point| growth.unit.of(point.time.median))
        .collect();
    let frame = Frame {
        x: Axis::of(&sizes.iter().map(|size| *size as f64).collect::<Vec<_>>()),
        y: Axis::of_decades(&times),
        unit: growth.unit,
    };
    let (width, height) = (LEFT + WIDTH + LEGEND, TOP + HEIGHT + BELOW);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let title = format!(
        "{}: {} for each {}",
        growth.name,
        growth.unit.symbol(),
        growth.per
    );
    text(&mut svg, 10.0, 20.0, "start", &title);
    grid(&mut svg, &frame, &sizes);
    let middle = LEFT + WIDTH / 2.0;
    text(&mut svg, middle, height - 12.0, "middle", &growth.over);
    for (index, series) in growth.series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        draw_series(&mut svg, series, &frame, colour);
        let (x, y) = (LEFT + WIDTH + 20.0, TOP + 18.0 * (index as f64 + 0.5));
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>"
        );
        text(&mut svg, x + 10.0, y + 4.0, "start", &series.name);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The powers of ten of the cost, and the sizes that were measured.
fn grid(svg: &mut String, frame: &Frame, sizes: &[usize]) {
    let (right, bottom) = (LEFT + WIDTH, TOP + HEIGHT);
    for cost in frame.y.decades() {
        let y = frame.up(cost);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1} H{right}\" stroke=\"#ddd\"/>");
        text(svg, LEFT - 10.0, y + 4.0, "end", &format!("{cost}"));
    }
    let mut last = f64::NEG_INFINITY;
    for size in sizes {
        let x = frame.across(*size as f64);
        let _ = writeln!(svg, "<path d=\"M{x:.1} {TOP} V{bottom}\" stroke=\"#eee\"/>");
        if x - last >= APART {
            text(svg, x, bottom + 18.0, "middle", &size.to_string());
            last = x;
        }
    }
}

fn draw_series(svg: &mut String, series: &Series, frame: &Frame, colour: &str) {
    let (width, radius) = if series.is_ours() { (3, 5) } else { (1, 3) };
    let places: Vec<_> = series
        .points
        .iter()
        .map(|point| format!("{:.1},{:.1}", frame.x(point), frame.y(point.time.median)))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
        places.join(" ")
    );
    for point in &series.points {
        let Spread { median, min, max } = point.time;
        let (x, y) = (frame.x(point), frame.y(median));
        if series.is_ours() {
            let (from, to) = (frame.y(min), frame.y(max));
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {from:.1} V{to:.1}\" stroke=\"{colour}\"/>"
            );
        }
        let shown = |time| short(frame.unit.of(time));
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"><title>{}, {}: {} ({}–{}) {}</title></circle>",
            escape(&series.name),
            point.size,
            shown(median),
            shown(min),
            shown(max),
            frame.unit.symbol()
        );
    }
}
