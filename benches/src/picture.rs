//! The picture of the README and of the front page: which objects stand between threads, tasks and interrupt handlers.
//!
//! `cargo run -p gimmal-benches --bin picture` writes it to `std/picture.svg`; `tests/picture.rs` compares. It is one block
//! of HTML for a Markdown page, so it has no empty line.

use std::fmt::Write;

const WIDTH: u32 = 760;
const HEIGHT: u32 = 424;

/// The picture as SVG.
pub fn draw() -> String {
    let mut svg = Svg::new();
    svg.words(
        20,
        30,
        "start",
        "A channel of 8: each message goes to one receiver",
    );
    for (row, name) in ["thread", "task", "interrupt handler"].iter().enumerate() {
        let y = 46 + 34 * row as u32;
        svg.runner(20, y, name);
        svg.arrow((150, y + 12), (250, 92));
        svg.runner(610, y, ["thread", "thread", "task"][row]);
        svg.arrow((510, 92), (606, y + 12));
    }
    svg.slots(254, 80, 8, 5);
    svg.words(380, 124, "middle", "full: send waits · empty: recv waits");
    svg.words(380, 142, "middle", "close: ends every wait, loses nothing");

    svg.words(
        20,
        186,
        "start",
        "Context: sockets that find each other by name",
    );
    svg.frame(160, 200, 440, 110);
    svg.words(
        380,
        218,
        "middle",
        "inproc://jobs, with net also tcp:// and ipc://",
    );
    svg.runner(20, 230, "thread");
    svg.runner(20, 270, "task");
    for y in [242, 282] {
        svg.arrow((150, y), (170, y));
        svg.socket(170, y - 12, "Push");
        svg.arrow((240, y), (270, y));
        svg.slots(274, y - 10, 5, 3);
        svg.arrow((378, y), (408, 262));
    }
    svg.socket(410, 250, "Pull");
    svg.arrow((480, 262), (606, 262));
    svg.runner(610, 250, "thread");
    svg.words(410, 296, "start", "a link is a bounded pipe");

    svg.words(
        20,
        344,
        "start",
        "Primitives: what threads, tasks and handlers agree on",
    );
    for (column, name) in ["Lock", "Semaphore", "Condition", "Event", "Barrier"]
        .iter()
        .enumerate()
    {
        svg.socket(20 + 146 * column as u32, 358, name);
    }
    svg.words(
        20,
        408,
        "start",
        "each: try_x never waits, x_timeout waits so long, x_async is a future, close or abort ends it",
    );
    svg.end()
}

struct Svg(String);

impl Svg {
    fn new() -> Self {
        let mut svg = Svg(String::new());
        svg.line(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"14\" role=\"img\">"
        ));
        svg.line(format_args!(
            "<title>Threads, tasks and interrupt handlers send through a bounded channel; sockets find each other by \
             name; primitives let them wait for each other</title>"
        ));
        svg.line(format_args!(
            "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\" fill=\"#ffffff\"></rect>"
        ));
        svg
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes all");
    }

    fn words(&mut self, x: u32, y: u32, anchor: &str, words: &str) {
        self.line(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#222222\">{words}</text>"
        ));
    }

    fn rectangle(
        &mut self,
        (x, y): (u32, u32),
        (width, height): (u32, u32),
        round: u32,
        fill: &str,
    ) {
        self.line(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\" fill=\"{fill}\" \
             stroke=\"#444444\"></rect>"
        ));
    }

    /// A thread, a task or an interrupt handler.
    fn runner(&mut self, x: u32, y: u32, name: &str) {
        self.rectangle((x, y), (130, 24), 12, "#e8f0fe");
        self.words(x + 65, y + 17, "middle", name);
    }

    /// A socket, or a primitive.
    fn socket(&mut self, x: u32, y: u32, name: &str) {
        let width = if name.len() > 5 { 100 } else { 70 };
        self.rectangle((x, y), (width, 24), 3, "#fef3d8");
        self.words(x + width / 2, y + 17, "middle", name);
    }

    /// Slots of a ring, of which the last ones hold a message.
    fn slots(&mut self, x: u32, y: u32, slots: u32, full: u32) {
        let width = if slots > 5 { 31 } else { 20 };
        for slot in 0..slots {
            let fill = if slot + full < slots {
                "#ffffff"
            } else {
                "#9ec5a0"
            };
            self.rectangle((x + slot * width, y), (width, 20), 0, fill);
        }
    }

    fn frame(&mut self, x: u32, y: u32, width: u32, height: u32) {
        self.rectangle((x, y), (width, height), 8, "none");
    }

    fn arrow(&mut self, (from_x, from_y): (u32, u32), (to_x, to_y): (u32, u32)) {
        self.line(format_args!(
            "<path d=\"M{from_x} {from_y} L{to_x} {to_y}\" stroke=\"#444444\"></path>"
        ));
        let (left, up, down) = (to_x - 7, to_y - 4, to_y + 4);
        self.line(format_args!(
            "<path d=\"M{left} {up} L{to_x} {to_y} L{left} {down} z\" fill=\"#444444\"></path>"
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}
