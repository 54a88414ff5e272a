//! The table of the README: gimmal beside the best rival of each row of one run of `versus`.
//!
//! The bin `table` makes [`Ratio`]s of the JSON of a run and writes them to `benches/ratios.tsv`; the README shows what
//! [`Run::markdown`] makes of that file, and `tests/table.rs` compares. Every row in which gimmal is behind is shown, whether
//! anybody chose it or not.

use std::fmt::Write;

use crate::stats::Spread;

/// Rows of everyday objects, which are shown whoever leads.
pub const EVERYDAY: [&str; 14] = [
    "spsc/1024/u64",
    "mpmc/2p2c",
    "channel/1p1c/64",
    "channel/4p1c/64",
    "channel/4p4c/64",
    "queue/1p1c",
    "pingpong/unpinned",
    "pipeline/64B",
    "sockets/push-pull-1p1c",
    "sockets/req-rep",
    "lock/alone",
    "semaphore/4-threads",
    "event/wake/unpinned",
    "pool/tiny-jobs",
];

/// A row: the time of an operation of gimmal by that of the best rival, round by round. Of several contenders of gimmal it is
/// the one that has a goal in the row: a row of sockets is about sockets, and a channel beside them is there to compare. If
/// several have, or none has, it is the fastest of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// The row's name.
    pub row: String,
    /// Which of gimmal's objects it is.
    pub ours: String,
    /// The fastest of the others.
    pub rival: String,
    /// Median, smallest and largest of the rounds.
    pub ratio: Spread,
    /// How many per cent say nothing in this row.
    pub noise: f64,
    /// Other programs kept the CPUs busy that the row needs.
    pub busy: bool,
}

impl Ratio {
    /// Returns `true` if the rival is faster by more than noise.
    pub fn is_behind(&self) -> bool {
        self.ratio.median > 1.0 + self.noise / 100.0
    }

    /// Returns `true` if gimmal is faster by more than noise.
    pub fn is_ahead(&self) -> bool {
        self.ratio.median * (1.0 + self.noise / 100.0) < 1.0
    }

    /// Returns `true` if it belongs into the README.
    fn is_shown(&self) -> bool {
        self.is_behind() || EVERYDAY.contains(&self.row.as_str())
    }
}

/// A run: how it was made, in one sentence, and its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// For the caption.
    pub how: String,
    /// In the order of the run.
    pub ratios: Vec<Ratio>,
}

impl Run {
    /// Reads the text of `ratios.tsv`.
    ///
    /// # Errors
    /// The line that cannot be read.
    pub fn parse(text: &str) -> Result<Run, String> {
        let mut lines = text.lines();
        let how = lines.next().and_then(|line| line.strip_prefix("# "));
        let how = how.ok_or("no line that says how it was run")?.to_owned();
        let ratios = lines.map(|line| ratio(line).ok_or_else(|| line.to_owned()));
        Ok(Run {
            how,
            ratios: ratios.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the text of `ratios.tsv`.
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n", self.how);
        for one in &self.ratios {
            let Spread { median, min, max } = one.ratio;
            let _ = writeln!(
                text,
                "{}\t{}\t{}\t{median}\t{min}\t{max}\t{}\t{}",
                one.row, one.ours, one.rival, one.noise, one.busy
            );
        }
        text
    }

    /// Returns how many of the rows other programs have disturbed.
    pub fn disturbed(&self) -> usize {
        self.ratios.iter().filter(|one| one.busy).count()
    }

    /// Returns the part of the README.
    pub fn markdown(&self) -> String {
        let count = |is: fn(&Ratio) -> bool| self.ratios.iter().filter(|one| is(one)).count();
        let (all, ahead, behind) = (
            self.ratios.len(),
            count(Ratio::is_ahead),
            count(Ratio::is_behind),
        );
        let mut text = format!(
            "The time of an operation of gimmal by that of the fastest rival in the same round, as in the row \
             `channel/1p1c`: below 1\ngimmal is faster. Median of the rounds (smallest–largest). {}. Of {all} rows gimmal \
             is ahead in\n{ahead}, behind in {behind}, and level within the noise in {}. Shown are everyday objects, and \
             **every row in which\ngimmal is behind**. Rows with a * need more of the CPUs than other programs left \
             them.\n\n| row | gimmal | best rival | ratio |\n|---|---|---|--:|\n",
            self.how,
            all - ahead - behind
        );
        for one in self.ratios.iter().filter(|one| one.is_shown()) {
            let bold = if one.is_behind() { "**" } else { "" };
            let star = if one.busy { " *" } else { "" };
            let ours = one.ours.trim_start_matches("gimmal ");
            let _ = writeln!(
                text,
                "| `{}`{star} | {ours} | {} | {bold}{}{bold} |",
                one.row, one.rival, one.ratio
            );
        }
        text
    }
}

fn ratio(line: &str) -> Option<Ratio> {
    let mut fields = line.split('\t');
    let ratio = Ratio {
        row: fields.next()?.to_owned(),
        ours: fields.next()?.to_owned(),
        rival: fields.next()?.to_owned(),
        ratio: Spread {
            median: fields.next()?.parse().ok()?,
            min: fields.next()?.parse().ok()?,
            max: fields.next()?.parse().ok()?,
        },
        noise: fields.next()?.parse().ok()?,
        busy: fields.next()?.parse().ok()?,
    };
    fields.next().is_none().then_some(ratio)
}

const BEGIN: &str = "## How fast it is\n\n<!-- The table is written by benches/table.sh. -->\n";
const END: &str = "\n## Why not";

/// Returns the part of the page that shows a run, if it has one.
pub fn shown(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(BEGIN)?;
    Some(rest.split_once(END)?.0)
}

/// Returns the page with this run, in place of the one that it shows, or as a new part of it.
///
/// # Errors
/// The page lacks the heading that comes after.
pub fn page_with(page: &str, run: &Run) -> Result<String, String> {
    let (before, after) = page.split_once(END).ok_or_else(|| format!("no {END:?}"))?;
    let before = before
        .split_once(BEGIN)
        .map_or_else(|| format!("{before}\n"), |(b, _)| b.to_owned());
    Ok(format!("{before}{BEGIN}{}{END}{after}", run.markdown()))
}
