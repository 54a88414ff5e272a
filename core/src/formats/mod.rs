//! L8: `defmt::Format` for the public types, with feature `defmt`: what `Debug` shows, word for
//! word, for a logger on the other side of a probe. What waits has no `Debug`, and shows its name.
//! Values that errors carry are not looked at. The memory that rings, pools and contexts are made
//! of (`Slot`, `TurnSlot`, `PoolSlot`, `SocketEntry`, `EndpointEntry`, `Pipe`, `SocketSlot`, `StaticStorage`) has neither:
//! it means nothing apart from them.
//!
//! A logger formats between its own lock and unlock, often with interrupts masked. So no format
//! waits for anything that may take long. Two are to be known of: a `Context` takes its own lock to
//! count the sockets, for a handful of instructions; a `Lock` that is free is held while its value
//! is formatted, and who came meanwhile is woken.

#![forbid(unsafe_code)]

mod errors;
mod objects;
mod operations;
mod poll;
