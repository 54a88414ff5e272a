//! The same by a signal, each in a process of its own.

use std::io::Read;
use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::thread::Builder;

use gimmal::Termination;
use gimmal::stop::on_socket;
use nix::sys::signal::Signal;

use crate::kit::child::{Child, Part, say};
use crate::kit::{LONG, until_it_sleeps};
use crate::{connected, v4};

pub(crate) const PARTS: &[Part] = &[("server", server), ("removed", removed)];

/// Eight threads that accept and eight that read, all of them blocked.
fn server() -> i32 {
    let termination = Termination::install().unwrap();
    let listener = Arc::new(v4());
    let stop = on_socket(&*listener).unwrap();
    let mut subscriptions = vec![termination.on(stop.clone())];
    let mut threads = Vec::new();
    let named = |number: usize| Builder::new().name(format!("blocked-{number}"));
    let mut peers = Vec::new();
    for number in 0..8 {
        let (mut stream, peer) = connected(&*listener);
        subscriptions.push(termination.on(on_socket(&stream).unwrap()));
        peers.push(peer);
        let reads = named(number).spawn(move || assert_eq!(stream.read(&mut [0]).unwrap(), 0));
        threads.push(reads.unwrap());
    }
    for number in 8..16 {
        let (stop, listener) = (stop.clone(), listener.clone());
        let accepts = named(number)
            .spawn(move || assert!(stop.until_stopped(listener.accept()).unwrap().is_none()));
        threads.push(accepts.unwrap());
    }
    (0..16).for_each(|number| until_it_sleeps(&format!("blocked-{number}")));
    say("ready");
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    termination.exit_code()
}

#[test]
fn a_signal_ends_all_blocked_accepts_and_reads() {
    for _ in 0..20 {
        let child = Child::start("server");
        child.says("ready");
        child.send(Signal::SIGINT);
        child.exits_with(130);
    }
}

fn removed() -> i32 {
    let termination = Termination::install().unwrap();
    let listener = v4();
    let address = listener.local_addr().unwrap();
    let stop = on_socket(&listener).unwrap();
    drop(termination.on(stop.clone()));
    say("ready");
    termination.wait();
    // All that is subscribed has been told.
    let (sender, told) = mpsc::channel();
    let _last = termination.on_request(move |_| sender.send(()).unwrap());
    told.recv_timeout(LONG).unwrap();
    let peer = TcpStream::connect_timeout(&address, LONG / 4);
    let accepted = stop.until_stopped(listener.accept()).unwrap();
    assert!(peer.is_ok() && accepted.is_some() && !stop.is_stopped());
    termination.exit_code()
}

#[test]
fn a_subscription_that_was_dropped_before_the_signal_leaves_the_socket_as_it_is() {
    let child = Child::start("removed");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.exits_with(130);
}
