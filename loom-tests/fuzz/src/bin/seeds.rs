//! Writes what the fuzzer begins with: `seeds FOLDER`.

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("seeds FOLDER");
    let folder = std::path::Path::new(&folder);
    for (number, (target, input)) in gimmal_fuzz::seeds().into_iter().enumerate() {
        let target = folder.join(target);
        std::fs::create_dir_all(&target)?;
        std::fs::write(target.join(format!("seed-{number}")), input)?;
    }
    Ok(())
}
