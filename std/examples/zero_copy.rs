//! Buffers that are sent without being copied: two of a fixed pool, which go round, and one that says when the receiver is
//! done with it.
//!
//! `cargo run --example zero_copy`

use std::collections::HashSet;
use std::error::Error;

use gimmal::pool::Pool;
use gimmal::wait::block_on;
use gimmal::{Context, Frame, Pull, Push, thread};

const PIXELS: usize = 64 * 1024;

/// The pictures that may be on their way at once.
static PICTURES: Pool<[u8; PIXELS], 2> = Pool::new();

/// Where the bytes of a picture are.
type Place = usize;

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::new();
    let screen = context.pull()?;
    screen.bind("inproc://screen")?;
    let mut camera = context.push()?;
    camera.connect("inproc://screen")?;
    let screen = thread::spawn(move || show(screen));

    let mut sent = from_the_pool(&mut camera)?;
    sent.push(with_a_completion(&mut camera)?);
    camera.send("the end")?;

    let shown = screen.join().expect("the screen ended well");
    println!("{} pictures shown", shown.len());
    println!("shown where they were made: {}", shown == sent);
    Ok(())
}

/// Fills buffers of the pool. When both are on their way, it waits until the screen has dropped one.
fn from_the_pool(camera: &mut Push) -> Result<Vec<Place>, Box<dyn Error>> {
    let mut places = Vec::new();
    for number in 1..=6 {
        let mut picture = block_on(PICTURES.take([0; PIXELS]));
        picture.fill(number);
        places.push(picture.as_ptr().addr());
        camera.send(picture)?;
    }
    let buffers: HashSet<_> = places.iter().collect();
    println!("6 pictures in {} buffers", buffers.len());
    Ok(places)
}

/// Sends a buffer of its own twice in one message, and waits until the screen is done with both.
fn with_a_completion(camera: &mut Push) -> Result<Place, Box<dyn Error>> {
    let (picture, completion) = Frame::with_completion(vec![7; PIXELS]);
    let place = picture.as_ptr().addr();
    println!("done before it is sent: {}", completion.is_done());
    camera.send((picture.clone(), picture))?;
    completion.wait();
    println!(
        "done when the screen has dropped it: {}",
        completion.is_done()
    );
    Ok(place)
}

/// Shows pictures until the end, and says where they were. A picture is dropped after it was shown.
fn show(mut screen: Pull) -> Vec<Place> {
    let mut places = Vec::new();
    while let Ok(message) = screen.recv() {
        let picture = message.as_bytes();
        if picture.len() != PIXELS {
            break;
        }
        assert!(picture.iter().all(|pixel| *pixel == picture[0]));
        places.push(picture.as_ptr().addr());
    }
    places
}
