// page: crossbeam_channel::bounded
// page: crossbeam_channel::select
// page: crossbeam_channel::Receiver: iter
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::{bounded, select};

fn main() {
    let (number, numbers) = bounded(8);
    let (word, words) = bounded(8);
    thread::spawn(move || (0..100).for_each(|n| number.send(n).unwrap()));
    thread::spawn(move || (0..10).for_each(|_| word.send("word").unwrap()));
    let (mut of_numbers, mut of_words) = (0, 0);
    loop {
        select! {
            recv(numbers) -> number => match number {
                Ok(_) => of_numbers += 1,
                Err(_) => break of_words += words.iter().count(),
            },
            recv(words) -> word => match word {
                Ok(_) => of_words += 1,
                Err(_) => break of_numbers += numbers.iter().count(),
            },
        }
    }
    println!("{of_numbers} numbers, {of_words} words");
}
