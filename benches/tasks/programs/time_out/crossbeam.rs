// page: crossbeam_channel::bounded
// page: crossbeam_channel::Receiver: recv_timeout
// page: crossbeam_channel::Sender: send

use std::time::Duration;

use crossbeam_channel::bounded;

fn main() {
    let (sender, receiver) = bounded(1);
    let most = Duration::from_millis(20);
    if receiver.recv_timeout(most).is_err() {
        println!("nothing");
    }
    sender.send("late").unwrap();
    println!("{}", receiver.recv_timeout(most).unwrap());
}
