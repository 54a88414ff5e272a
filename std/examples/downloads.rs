//! A semaphore: twelve threads download one file each from a slow server, at most three at once.
//! The example starts the server on the loopback interface; it counts how many requests it serves
//! at once.
//!
//! `cargo run --example downloads`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use gimmal::sync::{Barrier, Semaphore};
use gimmal::thread;
use indicatif::{ProgressBar, ProgressStyle};

const FILES: usize = 12;
const AT_ONCE: usize = 3;
const BYTES: usize = 64 * 1024;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = Server::new();
    let permits = Semaphore::new(AT_ONCE);
    // Draws on stderr if that is a terminal.
    let bar = ProgressBar::new((FILES * BYTES) as u64).with_style(style());

    let received = thread::scope(|scope| {
        let (server, permits, bar) = (&server, &permits, &bar);
        scope.spawn(move || {
            for stream in listener.incoming().take(FILES).flatten() {
                scope.spawn(move || server.answer(stream));
            }
        });
        let jobs: Vec<_> = (0..FILES)
            .map(|n| {
                scope.spawn(move || {
                    let _permit = permits.acquire().expect("nobody closes it");
                    download(address, &format!("/file-{n}"), bar)
                })
            })
            .collect();
        let sizes = jobs.into_iter().map(|job| job.join().expect("it ends"));
        sizes.sum::<std::io::Result<usize>>()
    })?;
    bar.finish_and_clear();
    println!("{FILES} files, {received} bytes");
    println!("never more than {} at once", server.most.into_inner());
    Ok(())
}

fn style() -> ProgressStyle {
    let template = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec}";
    ProgressStyle::with_template(template).expect("the template is right")
}

/// Downloads one file, and returns its length.
fn download(from: SocketAddr, path: &str, bar: &ProgressBar) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(from)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {from}\r\n\r\n")?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    while answer.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut body = bar.wrap_read(answer);
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)
}

/// Answers only when as many requests are there as may be at once, which shows that they really
/// are.
struct Server {
    together: Barrier,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Server {
    fn new() -> Self {
        Server {
            together: Barrier::new(AT_ONCE),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut request = BufReader::new(stream);
        let mut line = String::new();
        while request.read_line(&mut line)? > 2 {
            line.clear();
        }
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        let turn = self.together.wait_timeout(Duration::from_secs(10));
        let mut stream = request.into_inner();
        self.now.fetch_sub(1, SeqCst);
        let status = if turn.is_ok() {
            "200 OK"
        } else {
            "503 Service Unavailable"
        };
        write!(
            stream,
            "HTTP/1.0 {status}\r\nContent-Length: {BYTES}\r\n\r\n"
        )?;
        stream.write_all(&vec![b'.'; BYTES])
    }
}
