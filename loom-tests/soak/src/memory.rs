//! Memory, threads and open files of this process, as the system counts them.

use std::fs;

const MIB: u64 = 1 << 20;

/// By so much the memory may grow over half of a soak: threads that happen to live at the same time have stacks and heaps of
/// their own.
const SLACK: u64 = 16 * MIB;

/// How many bytes of this process are in memory; 0 where there is no `/proc`.
pub(crate) fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .map(str::parse::<u64>);
    kib.and_then(Result::ok).map_or(0, |kib| kib * 1024)
}

/// Compares the second quarter of the samples with the last one: the first is a time of growth.
///
/// # Errors
/// The median of the last quarter is more than [`SLACK`] above that of the second.
pub(crate) fn is_flat(samples: &[u64]) -> Result<String, String> {
    let quarter = samples.len() / 4;
    if quarter == 0 {
        return Ok("too short to say whether memory grows".to_string());
    }
    let median = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let (early, late) = (
        median(&samples[quarter..2 * quarter]),
        median(&samples[3 * quarter..]),
    );
    let said = format!("memory {} MiB, then {} MiB", early / MIB, late / MIB);
    if late > early + SLACK {
        Err(said)
    } else {
        Ok(said)
    }
}

/// What must be as many after the soak as before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resources {
    threads: usize,
    files: usize,
}

impl Resources {
    pub(crate) fn now() -> Self {
        let count = |folder| fs::read_dir(folder).map_or(0, Iterator::count);
        Resources {
            threads: count("/proc/self/task"),
            files: count("/proc/self/fd"),
        }
    }

    /// Waits until they are no more than these: what has been closed may take a moment to go.
    ///
    /// # Errors
    /// They stay more.
    pub(crate) fn came_back(&self) -> Result<(), String> {
        let mut now = Resources::now();
        for _ in 0..100 {
            if now.threads <= self.threads && now.files <= self.files {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
            now = Resources::now();
        }
        Err(format!("at first {self:?}, at the end {now:?}"))
    }
}
