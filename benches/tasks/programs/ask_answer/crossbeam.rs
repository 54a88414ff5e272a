// page: crossbeam_channel::bounded
// page: crossbeam_channel::Receiver: recv, into_iter
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::{Sender, bounded};

fn main() {
    let (asks, questions) = bounded::<(u64, Sender<u64>)>(8);
    thread::spawn(move || {
        for (n, answer) in questions {
            answer.send(n * n).unwrap();
        }
    });
    let clients = [(); 2].map(|()| {
        let asks = asks.clone();
        thread::spawn(move || {
            for n in 1..=3 {
                let (answer, answered) = bounded(1);
                asks.send((n, answer)).unwrap();
                assert_eq!(answered.recv().unwrap(), n * n);
            }
        })
    });
    for client in clients {
        client.join().unwrap();
    }
    println!("all right");
}
