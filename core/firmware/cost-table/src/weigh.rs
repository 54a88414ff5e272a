//! Flash and RAM: the linker takes operations out of an archive, with what they need and nothing else.

use std::path::Path;
use std::process::Command;

use object::elf::{SHF_ALLOC, SHF_EXECINSTR};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind};

/// What operations need.
#[derive(Clone, Debug, Default)]
pub struct Weight {
    /// Code, constants, and the first values of variables. Without tables for unwinding, which firmware leaves out.
    pub flash: u64,
    /// The statics of the object and of its handles.
    pub object: u64,
    pub handles: u64,
    /// Whether the object is all zeros.
    pub zero: bool,
    /// Whether it masks interrupts, or asks somebody else to.
    pub masks: bool,
    /// Whether it formats, if only the message of a panic.
    pub formats: bool,
}

/// Links the operations of one object, `LIBRARY.OBJECT.OPERATION` each.
pub fn weigh(linker: &Path, archive: &Path, operations: &[String]) -> Result<Weight, String> {
    let out = archive.with_extension("elf");
    let mut link = Command::new(linker);
    link.args([
        "-flavor",
        "gnu",
        "--gc-sections",
        "-e",
        &operations[0],
        "-o",
    ]);
    link.arg(&out);
    // The statics as well: what only handles lead to is no part of a program for the linker.
    let (object, _) = operations[0]
        .rsplit_once('.')
        .ok_or("a name without an object")?;
    let statics = ["static", "handle0", "handle1"].map(|of| format!("{object}.{of}"));
    for name in operations.iter().chain(&statics) {
        link.args(["-u", name]);
    }
    let status = link
        .arg(archive)
        .status()
        .map_err(|e| format!("{}: {e}", linker.display()))?;
    if !status.success() {
        return Err(format!("{} does not link {operations:?}", linker.display()));
    }
    let bytes = std::fs::read(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let elf = object::File::parse(&*bytes).map_err(|e| format!("{}: {e}", out.display()))?;
    let mut weight = Weight {
        zero: true,
        ..Weight::default()
    };
    for section in elf.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            continue;
        };
        let unwinding = section
            .name()
            .is_ok_and(|name| name.starts_with(".ARM.ex") || name == ".eh_frame");
        if !sh_flags.contains(SHF_ALLOC) || unwinding {
            continue;
        }
        if section.kind() != SectionKind::UninitializedData {
            weight.flash += section.size();
        }
        if sh_flags.contains(SHF_EXECINSTR) {
            weight.masks |= masks(section.data().map_err(|e| e.to_string())?);
        }
    }
    weight.formats = elf
        .symbols()
        .any(|symbol| symbol.name().is_ok_and(|name| name.contains("core3fmt")));
    for symbol in elf.symbols().filter(|symbol| symbol.is_definition()) {
        let Some(of) = symbol
            .name()
            .ok()
            .and_then(|name| name.strip_prefix(object)?.strip_prefix('.'))
        else {
            continue;
        };
        if of == "static" {
            weight.object += symbol.size();
            let section = symbol
                .section_index()
                .and_then(|index| elf.section_by_index(index).ok());
            weight.zero &=
                section.is_some_and(|section| section.kind() == SectionKind::UninitializedData);
        } else if of.starts_with("handle") {
            weight.handles += symbol.size();
        }
    }
    Ok(weight)
}

/// Is there a `cpsid i` among these instructions of 16 and 32 bit?
fn masks(code: &[u8]) -> bool {
    code.chunks_exact(2).any(|half| half == [0x72, 0xb6])
}
