//! The command line: libtest's, as far as it makes sense here, and a few words more.

use std::time::Duration;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Substrings of names; none selects everything.
    pub(crate) filters: Vec<String>,
    pub(crate) skip: Vec<String>,
    /// Filters are whole names.
    pub(crate) exact: bool,
    pub(crate) list: bool,
    pub(crate) terse: bool,
    /// Only ignored tests: there are none.
    pub(crate) ignored: bool,
    pub(crate) threads: Option<usize>,
    /// Raises the preemption bound of every model to this; none is lowered.
    pub(crate) bound: Option<usize>,
    /// After this time the search of a model ends, whatever is left.
    pub(crate) cap: Option<Duration>,
    /// Includes the models that are too dear for every day.
    pub(crate) deep: bool,
}

impl Options {
    /// Reads arguments (without the program's name); unknown flags are ignored.
    pub(crate) fn read(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (flag, inline) = match arg.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => {
                    (flag.to_string(), Some(value.to_string()))
                }
                _ => (arg, None),
            };
            let value = |args: &mut dyn Iterator<Item = String>| {
                inline
                    .clone()
                    .or_else(|| args.next())
                    .ok_or(format!("{flag} needs a value"))
            };
            match flag.as_str() {
                "--exact" => options.exact = true,
                "--list" => options.list = true,
                "--ignored" => options.ignored = true,
                "--deep" => options.deep = true,
                "--skip" => options.skip.push(value(&mut args)?),
                "--test-threads" => options.threads = Some(number(&value(&mut args)?)?.max(1)),
                "--bound" => options.bound = Some(bound(&value(&mut args)?)?),
                "--format" => options.terse = value(&mut args)? == "terse",
                "--color" | "--logfile" | "--shuffle-seed" | "-Z" => drop(value(&mut args)?),
                "-q" | "--quiet" => options.terse = true,
                "--" => {}
                unknown if unknown.starts_with('-') => {}
                _ => options.filters.push(flag),
            }
        }
        if options.bound.is_none()
            && let Ok(text) = std::env::var("GIMMAL_BOUND")
        {
            options.bound = Some(bound(&text)?);
        }
        if let Ok(text) = std::env::var("GIMMAL_CAP") {
            let seconds = text.parse().ok();
            let cap = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
            options.cap = Some(cap.ok_or(format!("not seconds: {text}"))?);
        }
        if options.threads.is_none()
            && let Ok(text) = std::env::var("RUST_TEST_THREADS")
        {
            options.threads = Some(number(&text)?.max(1));
        }
        options.deep |= options.bound.is_some();
        Ok(options)
    }

    /// Is the test with this name, and perhaps other names, asked for?
    pub(crate) fn wants(&self, name: &str, others: &[String]) -> bool {
        let hit = |filter: &String| match self.exact {
            true => name == filter,
            false => name.contains(filter) || others.iter().any(|o| o.contains(filter)),
        };
        !self.ignored
            && (self.filters.is_empty() || self.filters.iter().any(hit))
            && !self.skip.iter().any(hit)
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

/// Reads a preemption bound: a number, or `none`.
pub(crate) fn bound(text: &str) -> Result<usize, String> {
    if text == "none" {
        Ok(super::EXHAUSTIVE)
    } else {
        number(text)
    }
}
