//! The picture that is checked in is the one that is drawn, and both pages show it.

use gimmal_benches::picture::draw;

const CHECKED_IN: &str = include_str!("../../std/picture.svg");
const README: &str = include_str!("../../README.md");
const FRONT_PAGE: &str = include_str!("../../std/src/lib.rs");

#[test]
fn the_picture_is_up_to_date() {
    assert!(
        draw() == CHECKED_IN,
        "cargo run -p gimmal-benches --bin picture"
    );
}

#[test]
fn the_pages_show_it() {
    assert!(README.contains("](std/picture.svg)"));
    assert!(FRONT_PAGE.contains("include_str!(\"../picture.svg\")"));
}

#[test]
fn markdown_passes_it_on_as_it_is() {
    // An empty line would end the block of HTML, and the rest would be text.
    assert!(draw().lines().all(|line| line.starts_with('<')));
    let opened = draw().matches('<').count() - draw().matches("</").count();
    assert_eq!(opened, draw().matches("</").count());
}
