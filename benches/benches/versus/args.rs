//! The command line.

use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "\
usage: cargo bench -p gimmal-benches --features rivals --bench versus -- [OPTIONS] [ROW]...

ROW is a part of a row's name (see --list); with several, all rows that fit one of them are run.

  --growth       how cost grows with size: the curves, not the rows
  --at-most N    leave out the sizes of curves above N
  --quick        fewer and shorter rounds: all rows in some three minutes
  --list         print the rows and their contenders
  --skip NAME    leave out the contenders whose name contains NAME (may be repeated)
  --rounds N     so many rounds for each row
  --millis N     so long a turn
  --operations N so many operations a turn, however long it takes: for strace or perf, which count
  --cpus A,B     the two CPUs for rows with pinned threads (default: the first two)
  --json FILE    write the ratios of all rounds; with --growth their times
  --svg FILE     write a plot; with --growth a directory, with a plot for each curve";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) list: bool,
    pub(crate) growth: bool,
    pub(crate) at_most: usize,
    pub(crate) rows: Vec<String>,
    pub(crate) skip: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) turn: Duration,
    pub(crate) operations: Option<u64>,
    pub(crate) cpus: Option<(usize, usize)>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) svg: Option<PathBuf>,
}

impl Args {
    /// Reads the arguments.
    ///
    /// # Errors
    /// The text to print instead of running.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args {
            list: false,
            growth: false,
            at_most: usize::MAX,
            rows: Vec::new(),
            skip: Vec::new(),
            rounds: 0,
            turn: Duration::ZERO,
            operations: None,
            cpus: None,
            json: None,
            svg: None,
        };
        let (mut rounds, mut millis) = (21, 30);
        let (mut asked_rounds, mut asked_millis) = (None, None);
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or(format!("{word} needs a value\n\n{HELP}"))
            };
            match word.as_str() {
                "--bench" => {} // cargo's own
                "--quick" => (rounds, millis) = (11, 12),
                "--growth" => args.growth = true,
                "--at-most" => args.at_most = number(&value()?)?,
                "--list" => args.list = true,
                "--skip" => args.skip.push(value()?),
                "--rounds" => asked_rounds = Some(number(&value()?)?),
                "--millis" => asked_millis = Some(number(&value()?)?),
                "--operations" => args.operations = Some(number(&value()?)?.max(1) as u64),
                "--cpus" => args.cpus = Some(pair(&value()?)?),
                "--json" => args.json = Some(value()?.into()),
                "--svg" => args.svg = Some(value()?.into()),
                option if option.starts_with('-') => return Err(HELP.to_owned()),
                _ => args.rows.push(word),
            }
        }
        args.rounds = asked_rounds.unwrap_or(rounds).max(1);
        args.turn = Duration::from_millis(asked_millis.unwrap_or(millis).max(1) as u64);
        Ok(args)
    }
}

fn number(word: &str) -> Result<usize, String> {
    word.parse()
        .map_err(|_| format!("{word} is no number\n\n{HELP}"))
}

fn pair(word: &str) -> Result<(usize, usize), String> {
    let (a, b) = word.split_once(',').ok_or_else(|| HELP.to_owned())?;
    Ok((number(a)?, number(b)?))
}
