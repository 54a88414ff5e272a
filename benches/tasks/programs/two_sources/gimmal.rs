// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: iter, receiving
// page: gimmal::channel::Sender: send
// page: gimmal::poll::select
// page: gimmal::poll::Select: wait
// page: gimmal::poll::Selected2

use std::thread;

use gimmal::channel;
use gimmal::poll::{Selected2, select};

fn main() {
    let (number, numbers) = channel::bounded(8);
    let (word, words) = channel::bounded(8);
    thread::spawn(move || (0..100).for_each(|n| number.send(n).unwrap()));
    thread::spawn(move || (0..10).for_each(|_| word.send("word").unwrap()));
    let (mut of_numbers, mut of_words) = (0, 0);
    loop {
        match select((numbers.receiving(), words.receiving())).wait() {
            Selected2::First(Ok(_), _) => of_numbers += 1,
            Selected2::Second(Ok(_), _) => of_words += 1,
            Selected2::First(Err(_), _) => break of_words += words.iter().count(),
            Selected2::Second(Err(_), _) => break of_numbers += numbers.iter().count(),
        }
    }
    println!("{of_numbers} numbers, {of_words} words");
}
