//! The models of the core, run by `cargo test` like any other test. How they work: `harness/mod.rs`.
//!
//! ```text
//! cargo test -p gimmal-loom-tests --test models                     # everything
//! cargo test -p gimmal-loom-tests --test models -- ring/spsc/       # models and seeded faults of one directory
//! cargo test -p gimmal-loom-tests --test models -- --bound 3        # the deep run
//! GIMMAL_MODEL=ring/spsc/protocol::e1_push_publishes_to_pop cargo test -p gimmal-loom-tests --test models
//! ```
//! A model file stands at the path of the core file it models (`examples/` beside it is the core's `examples/`, `block/` the facade's), and is
//! named twice here: as a module and in the list.

// The sources of the facade that are modelled name the core as they do.
extern crate gimmal_core_loom as gimmal_core;

mod harness;
mod support;

mod asleep;
mod block;
mod channel;
mod context;
mod examples;
mod poll;
mod pool;
mod ring;
mod shim;
mod socket;
mod sync;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main(&[
        asleep::MODELS,
        block::token::MODELS,
        channel::closable_ring::MODELS,
        channel::slices::MODELS,
        channel::spsc::MODELS,
        channel::mpmc::MODELS,
        channel::exact::MODELS,
        context::MODELS,
        context::aside::MODELS,
        context::links::MODELS,
        context::parting::MODELS,
        examples::latch::MODELS,
        poll::many::MODELS,
        poll::poller::MODELS,
        poll::select::MODELS,
        poll::sockets::MODELS,
        pool::MODELS,
        pool::notices::MODELS,
        ring::spsc::protocol::MODELS,
        ring::spsc::bulk::MODELS,
        ring::spsc::slices::MODELS,
        ring::mpmc::MODELS,
        ring::exact::protocol::MODELS,
        ring::exact::free_list::MODELS,
        ring::exact::evict::MODELS,
        ring::records::MODELS,
        ring::runs::MODELS,
        shim::fork_gate::MODELS,
        socket::state::MODELS,
        socket::patterns::req::MODELS,
        socket::patterns::router::MODELS,
        socket::peers::MODELS,
        socket::pipe::MODELS,
        socket::bridge::MODELS,
        socket::by_link::MODELS,
        socket::patterns::publish::MODELS,
        socket::subscriptions::MODELS,
        sync::arriving::MODELS,
        sync::barrier::MODELS,
        sync::condition::MODELS,
        sync::event::MODELS,
        sync::lock::MODELS,
        sync::raw_lock::MODELS,
        sync::semaphore::MODELS,
        wait::cell::MODELS,
        wait::queue::MODELS,
        wait::until::MODELS,
    ])
}
