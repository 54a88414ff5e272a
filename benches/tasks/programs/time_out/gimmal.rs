// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: recv_timeout
// page: gimmal::channel::Sender: send

use std::time::Duration;

use gimmal::channel;

fn main() {
    let (sender, receiver) = channel::bounded(1);
    let most = Duration::from_millis(20);
    if receiver.recv_timeout(most).is_err() {
        println!("nothing");
    }
    sender.send("late").unwrap();
    println!("{}", receiver.recv_timeout(most).unwrap());
}
