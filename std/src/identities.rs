//! Names of identities: the core knows numbers, people give names.
//!
//! A name gets the next number when it is first used, and keeps it as long as the context lives.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;

use gimmal_core::socket::Identity;

/// The first number of a name; those below are for [`Identity::new`].
pub(crate) const FIRST: u32 = 1 << 30;

/// The names that were used in one context.
#[derive(Default)]
pub(crate) struct Identities {
    numbers: HashMap<Arc<[u8]>, u32>,
    names: Vec<Arc<[u8]>>,
}

impl Identities {
    /// The identity of this name, always the same.
    pub(crate) fn of(&mut self, name: &[u8]) -> Identity {
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let next = self.names.len() as u32;
                assert!(
                    next < FIRST,
                    "a context has room for 2^30 names of identities"
                );
                let name: Arc<[u8]> = name.into();
                self.names.push(name.clone());
                self.numbers.insert(name, FIRST + next);
                FIRST + next
            }
        };
        Identity::new(number)
    }

    /// The identity of a name that comes from outside; `None` if it is new and there are `most`
    /// already: nobody outside may fill the memory.
    #[cfg(feature = "net")]
    pub(crate) fn of_peer(&mut self, name: &[u8], most: usize) -> Option<Identity> {
        let has_room = self.names.len() < most || self.numbers.contains_key(name);
        has_room.then(|| self.of(name))
    }

    /// The name of this identity, if it has one.
    pub(crate) fn name(&self, identity: Identity) -> Option<Arc<[u8]>> {
        let index = identity.number()?.checked_sub(FIRST)?;
        self.names.get(index as usize).cloned()
    }
}
