//! What the benches share and what needs no dependency: stamped messages and the check that none was lost, doubled,
//! torn or reordered ([`message`]), the messages of a turn on a wire ([`traffic`]), what a lock guards and the check that
//! it did ([`tally`]), the length of a turn ([`pace`]), the statistics of per-round ratios ([`stats`]), the plot of
//! them ([`svg`]), how cost grows with size, as a table and as a plot ([`growth`], [`plot`]), and the picture and the table
//! of the README ([`picture`], [`table`]).
//!
//! The benches themselves: `benches/versus` puts gimmal beside its rivals, `benches/criterion.rs` looks at single
//! operations.

#![forbid(unsafe_code)]

pub mod growth;
pub mod message;
pub mod pace;
pub mod picture;
pub mod plot;
pub mod stats;
pub mod svg;
pub mod table;
pub mod tally;
pub mod traffic;
