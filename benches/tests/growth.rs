//! How cost grows: the exponent, the table and the plot are what they claim to be.

use gimmal_benches::growth::{Growth, Point, Series, Unit, exponent};
use gimmal_benches::plot::{Axis, draw};
use gimmal_benches::stats::spread;

fn series(name: &str, rival: Option<&str>, costs: &[(usize, f64)]) -> Series {
    let point = |(size, time): &(usize, f64)| Point {
        size: *size,
        time: spread(&[*time]).expect("one round"),
        to_rival: rival.map(|rival| (rival.to_owned(), spread(&[0.5]).expect("one round"))),
    };
    Series {
        name: name.to_owned(),
        points: costs.iter().map(point).collect(),
    }
}

fn growth(unit: Unit) -> Growth {
    let ours = [(1, 20.0), (10, 200.0), (100, 2000.0)];
    let theirs = [(1, 40.0), (10, 40.0)];
    Growth {
        name: "a<b".to_owned(),
        over: "peers".to_owned(),
        per: "message".to_owned(),
        unit,
        series: vec![
            series("gimmal ring", Some("std"), &ours),
            series("std", None, &theirs),
        ],
    }
}

fn is_close(number: Option<f64>, to: f64) -> bool {
    number.is_some_and(|number| (number - to).abs() < 1e-9)
}

#[test]
fn the_exponent_tells_how_cost_grows() {
    let sizes = [1.0, 8.0, 9.0, 1000.0];
    for power in [0.0, 0.5, 1.0, 2.0] {
        let points = sizes.map(|size: f64| (size, 7.0 * size.powf(power)));
        assert!(is_close(exponent(&points), power), "{power}");
    }
    // A flat part and a steep one.
    let knee = [(1.0, 1.0), (10.0, 1.0), (100.0, 10.0)];
    assert!(is_close(exponent(&knee), 0.5));
    assert!(is_close(exponent(&knee[1..]), 1.0));
}

#[test]
fn one_size_has_no_exponent() {
    assert_eq!(exponent(&[]), None);
    assert_eq!(exponent(&[(5.0, 1.0)]), None);
    assert_eq!(exponent(&[(5.0, 1.0), (5.0, 2.0)]), None);
}

#[test]
fn the_table_has_a_line_for_each_size() {
    let table = growth(Unit::Nanoseconds).markdown();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(
        lines,
        [
            "| peers | gimmal ring, ns | std, ns | gimmal ring to the best rival |",
            "|---:|---:|---:|---:|",
            "| 1 | 20.0 | 40.0 | 0.50 (0.50–0.50) of std |",
            "| 10 | 200 | 40.0 | 0.50 (0.50–0.50) of std |",
            "| 100 | 2000 | – | 0.50 (0.50–0.50) of std |",
            "| exponent | 1.00 | 0.00 | |",
            "| exponent of the last step | 1.00 | 0.00 | |",
        ]
    );
}

#[test]
fn microseconds_are_a_thousand_nanoseconds() {
    let table = growth(Unit::Microseconds).markdown();
    assert!(table.contains("| gimmal ring, µs |") && table.contains("| 100 | 2.00 |"));
}

#[test]
fn the_curve_has_a_dot_for_each_size_of_each_contender() {
    let plot = draw(&growth(Unit::Nanoseconds));
    assert_eq!(plot.matches("<title>").count(), 5);
    assert_eq!(plot.matches("<polyline").count(), 2);
    assert!(plot.contains("a&lt;b: ns for each message") && !plot.contains("NaN"));
    let nobody = Growth {
        series: Vec::new(),
        ..growth(Unit::Nanoseconds)
    };
    assert!(!draw(&nobody).contains("NaN"));
}

#[test]
fn an_axis_is_logarithmic() {
    let axis = Axis::of(&[100.0, 1.0, 0.0]);
    let places = [1.0, 10.0, 100.0].map(|value| axis.place(value));
    assert_eq!(places, [0.0, 0.5, 1.0]);
    assert_eq!(axis.decades(), [1.0, 10.0, 100.0]);
    // Beyond its ends it has no places.
    assert_eq!((axis.place(0.1), axis.place(1e4)), (0.0, 1.0));
    assert_eq!(Axis::of(&[7.0]).place(7.0), 0.5);
    assert_eq!(
        Axis::of_decades(&[14.0, 389.0]).decades(),
        [10.0, 100.0, 1000.0]
    );
    assert_eq!(Axis::of_decades(&[10.0]).decades(), [10.0, 100.0]);
}
