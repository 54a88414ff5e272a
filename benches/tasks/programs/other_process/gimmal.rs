// page: gimmal::Context: new, pair
// page: gimmal::Message: is_empty, to_str
// page: gimmal::net: tcp://
// page: gimmal::socket::Socket: bind, connect, last_endpoint, send, recv

use std::env;
use std::error::Error;
use std::process::Command;

use gimmal::Context;

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::new();
    let mut peer = context.pair()?;
    if let Some(endpoint) = env::args().nth(1) {
        peer.connect(&endpoint)?;
        loop {
            let job = peer.recv()?;
            if job.is_empty() {
                return Ok(());
            }
            let n: u64 = job.to_str()?.parse()?;
            peer.send((n * n).to_string())?;
        }
    }
    peer.bind("tcp://127.0.0.1:*")?;
    let endpoint = peer.last_endpoint().unwrap();
    let mut worker = Command::new(env::current_exe()?).arg(endpoint).spawn()?;
    let mut sum = 0;
    for n in 1..=100 {
        peer.send(n.to_string())?;
    }
    for _ in 1..=100 {
        sum += peer.recv()?.to_str()?.parse::<u64>()?;
    }
    peer.send("")?;
    worker.wait()?;
    println!("{sum}");
    Ok(())
}
