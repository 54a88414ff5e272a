//! [`Reason`] and [`Second`].

#![forbid(unsafe_code)]

/// The reason why the program is to end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The process received this signal; on Windows, the event of the console with this number.
    Signal(i32),
    /// [`Termination::request`](super::Termination::request) was called.
    Requested,
}

impl Reason {
    /// The number of the signal, if it was a signal.
    pub(crate) fn signal(self) -> Option<i32> {
        match self {
            Reason::Signal(signal) => Some(signal),
            Reason::Requested => None,
        }
    }
}

/// The choice of what a second signal does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Second {
    /// It exits the process at once, with `128 + n` for signal `n`.
    #[default]
    Exit,
    /// It does nothing.
    Ignore,
}
