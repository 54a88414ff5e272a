// page: tokio::main
// page: tokio::select
// page: tokio::spawn
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: send

use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (number, mut numbers) = mpsc::channel(8);
    let (word, mut words) = mpsc::channel(8);
    tokio::spawn(async move {
        for n in 0..100 {
            number.send(n).await.unwrap();
        }
    });
    tokio::spawn(async move {
        for _ in 0..10 {
            word.send("word").await.unwrap();
        }
    });
    let (mut of_numbers, mut of_words) = (0, 0);
    loop {
        tokio::select! {
            Some(_) = numbers.recv() => of_numbers += 1,
            Some(_) = words.recv() => of_words += 1,
            else => break,
        }
    }
    println!("{of_numbers} numbers, {of_words} words");
}
