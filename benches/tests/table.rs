//! The README's table is made of the ratios that are checked in, and hides no row in which gimmal is behind.

use gimmal_benches::stats::Spread;
use gimmal_benches::table::{EVERYDAY, Ratio, Run, page_with, shown};

const README: &str = include_str!("../../README.md");

/// The run that is checked in, if one is.
fn checked_in() -> Option<Run> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ratios.tsv");
    let text = std::fs::read_to_string(path).ok()?;
    Some(Run::parse(&text).expect("ratios"))
}

fn one(row: &str, median: f64) -> Ratio {
    let (min, max) = (median / 2.0, median * 2.0);
    Ratio {
        row: row.to_owned(),
        ours: "gimmal Lock".to_owned(),
        rival: "a rival".to_owned(),
        ratio: Spread { median, min, max },
        noise: 5.0,
        busy: false,
    }
}

#[test]
fn the_readme_shows_the_run_that_is_checked_in_and_no_other() {
    let run = checked_in();
    assert_eq!(
        shown(README),
        run.as_ref().map(Run::markdown).as_deref(),
        "benches/table.sh"
    );
    for row in EVERYDAY {
        let has = |run: &Run| run.ratios.iter().any(|one| one.row == row);
        assert!(run.as_ref().is_none_or(has), "{row}");
    }
}

#[test]
fn a_run_takes_the_place_of_the_one_before() {
    let run = |how: &str, median| Run {
        how: how.to_owned(),
        ratios: vec![one("a/b", median)],
    };
    let page = "# A page\n\ntext\n\n## Why not that\n";
    let first = page_with(page, &run("Once", 2.0)).unwrap();
    assert_eq!(shown(page), None);
    assert_eq!(shown(&first), Some(&*run("Once", 2.0).markdown()));
    let second = page_with(&first, &run("Twice", 3.0)).unwrap();
    assert_eq!(second, page_with(page, &run("Twice", 3.0)).unwrap());
    assert!(
        second.starts_with("# A page\n\ntext\n\n## How fast")
            && second.ends_with("\n\n## Why not that\n")
    );
    assert!(page_with("nothing", &run("Once", 2.0)).is_err());
}

#[test]
fn who_is_behind_is_shown() {
    let ratios = vec![
        one("a/behind", 1.2),
        one("a/level", 1.04),
        one("a/ahead", 0.5),
    ];
    let how = "Once".to_owned();
    let shown = Run { how, ratios }.markdown();
    assert!(shown.contains("| `a/behind` | Lock | a rival | **1.20 (0.60–2.40)** |"));
    assert!(!shown.contains("a/level") && !shown.contains("a/ahead"));
    assert!(shown.contains(
        "Of 3 rows gimmal is ahead in\n1, behind in 1, and level within the noise in 1."
    ));
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let ratios = vec![one("a/b", 1.25), one(EVERYDAY[0], 0.5)];
    let how = "Twice".to_owned();
    let run = Run { how, ratios };
    assert_eq!(Run::parse(&run.text()), Ok(run));
    assert!(Run::parse("# how\nrow\tours\n").is_err());
}
