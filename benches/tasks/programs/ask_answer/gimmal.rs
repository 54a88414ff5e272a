// page: gimmal::Context: typed, req, rep
// page: gimmal::socket::Socket: bind, connect, expect_peers, send, recv

use std::thread;

use gimmal::Context;

fn main() {
    let context = Context::<u64>::typed();
    let mut server = context.rep().unwrap();
    server.bind("inproc://squares").unwrap();
    server.expect_peers(2);
    thread::spawn(move || {
        while let Ok(n) = server.recv() {
            server.send(n * n).unwrap();
        }
    });
    let clients = [(); 2].map(|()| {
        let mut client = context.req().unwrap();
        client.connect("inproc://squares").unwrap();
        thread::spawn(move || {
            for n in 1..=3 {
                client.send(n).unwrap();
                assert_eq!(client.recv().unwrap(), n * n);
            }
        })
    });
    for client in clients {
        client.join().unwrap();
    }
    println!("all right");
}
