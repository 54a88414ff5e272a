//! The plot of a run: a line per row, a dot per contender, placed by its ratio to the best rival on a logarithmic axis.
//!
//! Left of 1 is faster. gimmal's dots are large and carry a whisker from the best round to the worst; a library keeps
//! its colour in all rows, and every dot says its name and its numbers when pointed at.

use crate::stats::Spread;
use std::fmt::Write;

/// One dot.
#[derive(Clone, Debug)]
pub struct Dot {
    /// The contender; the first word is its library.
    pub name: String,
    /// Its ratio to the best rival.
    pub ratio: Spread,
}

/// One line of the plot.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row's name.
    pub name: String,
    /// Its contenders.
    pub dots: Vec<Dot>,
}

const LEFT: f64 = 230.0;
const WIDTH: f64 = 720.0;
/// Below the title and two lines of legend.
const TOP: f64 = 76.0;
const PITCH: f64 = 22.0;
const RANGE: (f64, f64) = (0.1, 100.0);
const GRID: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
pub(crate) const COLOURS: [&str; 16] = [
    "#d62728", "#7f7f7f", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#bcbd22",
    "#17becf", "#ff7f0e", "#393b79", "#637939", "#e7ba52", "#ad494a", "#a55194", "#000000",
];

/// Draws the plot.
pub fn draw(title: &str, lines: &[Line]) -> String {
    let libraries = libraries(lines);
    let height = TOP + PITCH * (lines.len() as f64 + 1.0) + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{w}\" height=\"{height}\" fill=\"white\"/>\n",
        w = LEFT + WIDTH + 30.0,
    );
    text(&mut svg, 10.0, 20.0, "start", title);
    legend(&mut svg, &libraries);
    grid(&mut svg, lines.len());
    for (index, line) in lines.iter().enumerate() {
        let y = TOP + PITCH * (index as f64 + 1.0);
        text(&mut svg, LEFT - 10.0, y + 4.0, "end", &line.name);
        // gimmal last: its dots lie on top.
        let (ours, theirs): (Vec<_>, Vec<_>) =
            line.dots.iter().partition(|dot| library(dot) == "gimmal");
        for dot in theirs.into_iter().chain(ours) {
            draw_dot(&mut svg, dot, y, colour(&libraries, library(dot)));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn library(dot: &Dot) -> &str {
    dot.name.split(' ').next().unwrap_or_default()
}

fn libraries(lines: &[Line]) -> Vec<String> {
    let mut names = vec!["gimmal".to_owned()];
    for dot in lines.iter().flat_map(|line| &line.dots) {
        if !names.iter().any(|name| name == library(dot)) {
            names.push(library(dot).to_owned());
        }
    }
    names
}

fn colour(libraries: &[String], library: &str) -> &'static str {
    let index = libraries
        .iter()
        .position(|name| name == library)
        .unwrap_or_default();
    COLOURS[index % COLOURS.len()]
}

fn x(ratio: f64) -> f64 {
    let (low, high) = RANGE;
    let place = (ratio.clamp(low, high) / low).ln() / (high / low).ln();
    LEFT + place * WIDTH
}

pub(crate) fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = escape(words);
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

fn legend(svg: &mut String, libraries: &[String]) {
    let (mut at, mut y) = (14.0, 36.0);
    for name in libraries {
        let (colour, width) = (colour(libraries, name), 24.0 + 7.0 * name.len() as f64);
        if at + width > LEFT + WIDTH {
            (at, y) = (14.0, y + 16.0);
        }
        let _ = writeln!(
            svg,
            "<circle cx=\"{at:.1}\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>"
        );
        text(svg, at + 8.0, y + 4.0, "start", name);
        at += width;
    }
}

fn grid(svg: &mut String, lines: usize) {
    let bottom = TOP + PITCH * (lines as f64 + 0.7);
    for ratio in GRID {
        let (at, stroke) = (x(ratio), if ratio == 1.0 { "#444" } else { "#ddd" });
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {TOP} V{bottom:.1}\" stroke=\"{stroke}\"/>"
        );
        text(svg, at, bottom + 16.0, "middle", &format!("{ratio}"));
    }
}

fn draw_dot(svg: &mut String, dot: &Dot, y: f64, colour: &str) {
    let ours = library(dot) == "gimmal";
    let (radius, opacity) = if ours { (6, "1") } else { (4, "0.75") };
    let at = x(dot.ratio.median);
    if ours {
        let (from, to) = (x(dot.ratio.min), x(dot.ratio.max));
        let _ = writeln!(
            svg,
            "<path d=\"M{from:.1} {y} H{to:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
    }
    let _ = writeln!(
        svg,
        "<circle cx=\"{at:.1}\" cy=\"{y}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\"{opacity}\">\
         <title>{}: {}</title></circle>",
        escape(&dot.name),
        dot.ratio
    );
}

pub(crate) fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
