//! [`Length`]: how long a thread pauses for a batch, found out by trials.
//!
//! In a stream a batch is as long as the pause for it. With 32 messages under way between two threads it never is longer than
//! these 32; they are there after a fraction of the longest pause, and the rest is lost (`sockets/pair`). Which of the two it
//! is shows in how many items come: in one of [`ROUNDS`] rounds the thread halves the pause once more, and if nearly as many
//! come it does so from then on. In another one it halves the pause once less, and stays with that if it brings more.

#![forbid(unsafe_code)]

/// Rounds from one trial of a kind to the next one.
const ROUNDS: u8 = 8;
/// That in which the pause is halved once more.
const SHORTER: u8 = 3;
/// That in which it is halved once less.
const LONGER: u8 = 7;
/// The longest pause is halved so many times at most.
const HALVINGS: u8 = 4;

/// The longest pause, halved so many times.
#[derive(Clone, Copy)]
pub(super) struct Length {
    halvings: u8,
    round: u8,
    /// How many items came in the round before this one.
    before: usize,
}

impl Length {
    pub(super) const NEW: Length = Length {
        halvings: 0,
        round: 0,
        before: 0,
    };

    /// How often to halve it in this round.
    pub(super) fn halvings(&self) -> u8 {
        match self.round {
            SHORTER => HALVINGS.min(self.halvings + 1),
            LONGER => self.halvings.saturating_sub(1),
            _ => self.halvings,
        }
    }

    /// Ends a round, in which so many items came. The next one is of the same number of waits.
    pub(super) fn end_round(&mut self, items: usize) {
        // In a stream these are halved and doubled with the pause, and in a window they stay. What lies between them counts as a
        // stream: too long a pause costs its time once, too short a one a look at a line that is written, for each few items.
        let keeps = match self.round {
            SHORTER => items >= self.before - self.before / 8,
            LONGER => items >= self.before + self.before / 4,
            _ => false,
        };
        if keeps {
            self.halvings = self.halvings();
        }
        self.before = items;
        self.round = (self.round + 1) % ROUNDS;
    }

    /// Ends a round of which nothing is known. What came before it says nothing of the next one.
    pub(super) fn end_unknown(&mut self) {
        self.round = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The halvings after so many rounds, in each of which as many items come as the function says of its halvings.
    fn after(length: &mut Length, rounds: usize, items: impl Fn(u8) -> usize) -> u8 {
        for _ in 0..rounds {
            length.end_round(items(length.halvings()));
        }
        length.halvings
    }

    /// Trials of both kinds as often as it takes to go all the way.
    const ALL: usize = (HALVINGS as usize + 1) * ROUNDS as usize;

    #[test]
    fn a_window_wants_the_shortest_pause_and_a_stream_the_longest() {
        let window = |_| 256;
        let stream = |halvings| 8000usize >> halvings;
        let mut length = Length::NEW;
        assert_eq!(after(&mut length, ALL, stream), 0);
        assert_eq!(after(&mut length, ALL, window), HALVINGS);
        assert_eq!(after(&mut length, ALL, stream), 0);
    }

    #[test]
    fn what_comes_within_a_quarter_of_the_longest_pause_wants_that_quarter() {
        let quarter = |halvings: u8| [256, 256, 256, 128, 64][usize::from(halvings)];
        let mut length = Length::NEW;
        assert_eq!(after(&mut length, ALL, quarter), 2);
        assert_eq!(after(&mut length, ALL, |halvings| 8000 >> halvings), 0);
    }

    #[test]
    fn one_round_of_eight_is_a_trial_in_a_stream() {
        let mut length = Length::NEW;
        let mut trials = 0;
        for _ in 0..100 * usize::from(ROUNDS) {
            trials += usize::from(length.halvings() != length.halvings);
            length.end_round(8000 >> length.halvings());
        }
        // One of half the length each time; beyond the longest one there is nothing to try.
        assert_eq!(trials, 100);
    }

    #[test]
    fn an_unknown_round_decides_nothing() {
        let mut length = Length::NEW;
        for _ in 0..100 {
            for _ in 0..SHORTER {
                length.end_round(256);
            }
            length.end_unknown();
        }
        assert_eq!(length.halvings, 0);
    }
}
