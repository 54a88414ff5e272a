#!/usr/bin/env bash
# heapless 0.9.4 and format_args! of rustc 1.95: what a `String<5>` holds after a `write!` that did
# not fit.
#
# guess: each argument is written on its own, and the first that does not fit ends it. So
#        `write!(s, "{}{}", "abc", "defgh")` leaves "abc", as does the same with variables.
# seen:  with literals nothing is left, with variables or constants "abc". The same line with an
#        argument moved into a `let` leaves another text behind. A width in the placeholder, as in
#        `{:2}`, restores "abc" too.
# why:   two things meet. The compiler folds literal arguments (strings and integers under a plain
#        `{}`) into the text around them, so the formatter sees one piece of eight bytes. And
#        heapless takes a piece whole or not at all. Each is a sound choice alone; a `String` that
#        grows never shows it.
# for a user: after `Err` the content is whatever pieces fitted, and how a line is cut into pieces
#        is the compiler's business. Clear the string, or `truncate` to the old length.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
heapless = "=0.9.4"
EOF
cat >src/main.rs <<'EOF'
use std::fmt::Write;

const ABC: &str = "abc";

/// Prints the outcome of a `write!` into five bytes, and what it left there.
macro_rules! into_five {
    ($($arguments:tt)*) => {{
        let mut five = heapless::String::<5>::new();
        let fits = write!(five, $($arguments)*).is_ok();
        println!("{:42} {fits:5} {five:?}", stringify!($($arguments)*));
    }};
}

fn main() {
    let (abc, twelve, rest) = ("abc", 12, "defgh");
    into_five!("{}{}", "abc", "defgh");
    into_five!("{}{}", abc, rest);
    into_five!("{}{}", ABC, "defgh");
    into_five!("{}{}", abc, "defgh");
    into_five!("{abc}{rest}");
    into_five!("abc{}", "defgh");
    into_five!("abc{rest}");
    into_five!("{}{}{}", "a", "bc", rest);
    into_five!("{}{}", 12, "3456");
    into_five!("{}{}", 12u8, "3456");
    into_five!("{}{}", twelve, "3456");
    into_five!("{}{:2}", "abc", "defgh");
    into_five!("{}{}", "abc", "de");
}
EOF
cat >expected <<'EOF'
"{}{}", "abc", "defgh"                     false ""
"{}{}", abc, rest                          false "abc"
"{}{}", ABC, "defgh"                       false "abc"
"{}{}", abc, "defgh"                       false "abc"
"{abc}{rest}"                              false "abc"
"abc{}", "defgh"                           false ""
"abc{rest}"                                false "abc"
"{}{}{}", "a", "bc", rest                  false "abc"
"{}{}", 12, "3456"                         false ""
"{}{}", 12u8, "3456"                       false ""
"{}{}", twelve, "3456"                     false "12"
"{}{:2}", "abc", "defgh"                   false "abc"
"{}{}", "abc", "de"                        true  "abcde"
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
