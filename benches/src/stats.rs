//! The statistics of a noisy machine: nothing is compared but what ran side by side.
//!
//! Contenders take turns, so round `i` of one and round `i` of another met the same weather. Their ratio in that round
//! is one observation; what is quoted is the median of the observations, with the smallest and the largest.

/// A median with its extremes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle observation.
    pub median: f64,
    /// The smallest one.
    pub min: f64,
    /// The largest one.
    pub max: f64,
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Spread { median, min, max } = self;
        write!(f, "{} ({}–{})", short(*median), short(*min), short(*max))
    }
}

/// Two decimals for small numbers, none for large ones.
pub fn short(number: f64) -> String {
    match number {
        n if n < 0.095 => format!("{n:.3}"),
        n if n < 9.95 => format!("{n:.2}"),
        n if n < 99.5 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

/// The median with the extremes; `None` of nothing.
pub fn spread(observations: &[f64]) -> Option<Spread> {
    let mut sorted = observations.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let middle = sorted.len() / 2;
    let median = if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    };
    Some(Spread { median, min, max })
}

/// The ratios of one contender to another, round by round.
pub fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

/// How unevenly the work was shared: the largest share by the smallest one. Who got nothing counts as one.
pub fn unevenness(shares: &[u64]) -> f64 {
    let most = shares.iter().max().copied().unwrap_or_default();
    let least = shares.iter().min().copied().unwrap_or_default();
    most.max(1) as f64 / least.max(1) as f64
}

/// The label of the leading series: the one that beats the most others, each judged by the median of their ratios. With
/// an odd number of rounds nobody then stands before the leader in its own column, unless three beat each other in turn.
pub fn leader(series: &[(usize, &[f64])]) -> Option<usize> {
    let beaten = |rounds: &[f64]| {
        let ahead =
            |other: &[f64]| spread(&ratios(rounds, other)).is_some_and(|it| it.median < 1.0);
        series.iter().filter(|(_, other)| ahead(other)).count()
    };
    // The last of equals would win: run through them backwards.
    let best = series.iter().rev().max_by_key(|(_, rounds)| beaten(rounds));
    best.map(|(label, _)| *label)
}
