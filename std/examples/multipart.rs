//! Messages of several frames: a header, a body of any number of frames, and a footer with their sum arrive as one whole.
//!
//! `cargo run --example multipart`

use std::error::Error;

use gimmal::{Context, Frame, Message, Pull, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::new();
    let archive = context.pull()?;
    archive.bind("inproc://archive")?;
    let mut station = context.push()?;
    station.connect("inproc://archive")?;
    let archive = thread::spawn(move || keep(archive));

    // Parts of one type are an array, parts of several types a tuple. Nothing is copied.
    station.send(["roof", "21.5", "21.5"])?;
    station.send(("cellar", String::from("12.25"), b"12.25"))?;
    // Borrowed bytes are copied, and the program says so.
    let line = String::from("yard,19,18.75,18.5");
    let mut message: Message = line.split(',').map(Frame::copy_of).collect();
    message.push_frame(sum(&message.frames()[1..]).to_string());
    station.send(message)?;
    // A wrong sum, and a message that is a body only.
    station.send(["attic", "30", "3"])?;
    station.send("done")?;

    drop(station);
    let (kept, refused) = archive.join().expect("the archive ended well");
    println!("{kept} kept, {refused} refused");
    Ok(())
}

/// Prints what comes, and counts it.
fn keep(mut archive: Pull) -> (usize, usize) {
    let (mut kept, mut refused) = (0, 0);
    while let Ok(message) = archive.recv() {
        let (Some(header), Some(footer)) = (message.header(), message.footer()) else {
            println!("{message}");
            break;
        };
        let name = String::from_utf8_lossy(header);
        let body: Vec<_> = message.body().iter().map(Frame::to_string).collect();
        if sum(message.body()).to_string().as_bytes() == footer {
            println!("{name}: {}", body.join(" "));
            kept += 1;
        } else {
            println!("{name}: refused, {message:?}");
            refused += 1;
        }
    }
    (kept, refused)
}

/// The sum of the numbers that these frames are the text of.
fn sum(body: &[Frame]) -> f64 {
    let numbers = body
        .iter()
        .filter_map(|frame| frame.to_str().ok()?.parse::<f64>().ok());
    numbers.sum()
}
