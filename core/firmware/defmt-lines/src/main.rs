//! Reads what a firmware has logged by defmt from standard input, its ELF file being the argument, and prints a line for
//! each frame. Status 1 if a frame is malformed, if the stream ends inside one, or if there is none: a logger that is
//! watched may lose frames, one that is checked may not.

use std::error::Error;
use std::io::{Read, Write};
use std::process::ExitCode;

use defmt_decoder::{DecodeError, Table};

/// How defmt's default encoding ends a frame.
const END_OF_FRAME: u8 = 0;

/// Prints the frames; how many.
fn decode(
    elf: &str,
    mut stream: impl Read,
    mut lines: impl Write,
) -> Result<usize, Box<dyn Error>> {
    let elf = std::fs::read(elf)?;
    let table = Table::parse(&elf)?.ok_or("no .defmt section in the ELF file")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&bytes);
    let mut frames = 0;
    loop {
        match decoder.decode() {
            Ok(frame) => writeln!(lines, "{}", frame.display_message())?,
            Err(DecodeError::Malformed) => {
                return Err(format!("frame {frames} is malformed").into());
            }
            Err(DecodeError::UnexpectedEof) => break,
        }
        frames += 1;
    }
    match bytes.last() {
        None => Err("nothing was logged".into()),
        Some(&END_OF_FRAME) => Ok(frames),
        Some(_) => Err(format!("the stream ends inside frame {frames}").into()),
    }
}

fn main() -> ExitCode {
    let Some(elf) = std::env::args().nth(1) else {
        eprintln!("usage: defmt-lines ELF <STREAM");
        return ExitCode::FAILURE;
    };
    match decode(&elf, std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("defmt-lines: {why}");
            ExitCode::FAILURE
        }
    }
}
