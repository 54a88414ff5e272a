//! Formats of the poller and of select.

#![forbid(unsafe_code)]

use defmt::{Format, Formatter, write};

use crate::poll::{
    Branch, Branches, Group, Place, PollGroup, Poller, Readiness, Ready, SelectGroup, Selected2,
    Selected3, Selected4, Selected5, Selected6, Selected7, Selected8, Source, WaitAny,
};

impl Format for Readiness {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "Readiness {{ readable: {=bool}, writable: {=bool}, ended: {=bool} }}",
            self.is_readable(),
            self.is_writable(),
            self.has_ended()
        );
    }
}

impl<const N: usize> Format for Ready<N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Ready({=[?]})", self.sources);
    }
}

impl Format for Place<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Place::Queue(queue) => write!(f, "Queue({})", queue),
            Place::Cell(cell) => write!(f, "Cell({})", cell),
        }
    }
}

impl Format for Source<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Source({=str})", self.words());
    }
}

impl<const N: usize> Format for Poller<'_, N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Poller({=[?]})", self.sources);
    }
}

impl<const N: usize> Format for PollGroup<'_, '_, N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "PollGroup");
    }
}

impl<B: Branches> Format for SelectGroup<B> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "SelectGroup {{ branches: {=usize} }}", B::COUNT);
    }
}

impl<G: Group + Format> Format for WaitAny<G> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "WaitAny({})", self.waits_for());
    }
}

macro_rules! selected {
    ($($type:ident $words:literal ($($branch:ident)*);)*) => {$(
        impl<$($branch: Branch),*> Format for $type<$($branch),*> {
            fn format(&self, f: Formatter<'_>) {
                write!(f, $words, self.index());
            }
        }
    )*};
}

selected! {
    Selected2 "Selected2 {{ index: {=usize}, .. }}" (A B);
    Selected3 "Selected3 {{ index: {=usize}, .. }}" (A B C);
    Selected4 "Selected4 {{ index: {=usize}, .. }}" (A B C D);
    Selected5 "Selected5 {{ index: {=usize}, .. }}" (A B C D E);
    Selected6 "Selected6 {{ index: {=usize}, .. }}" (A B C D E F);
    Selected7 "Selected7 {{ index: {=usize}, .. }}" (A B C D E F G);
    Selected8 "Selected8 {{ index: {=usize}, .. }}" (A B C D E F G H);
}
