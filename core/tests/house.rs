//! The rules of the house, as a test: reads the sources of the whole workspace.
//!
//! | rule | in |
//! |---|---|
//! | a file imports lower floors and its listed neighbours only, and no imports go in a circle; the machinery behind the shim is the shim's | `house/arrows.rs`; the tables: `house/layers.rs` (core), `house/floors.rs` (facade) |
//! | no file over 500 lines; conditions, `unsafe` and orderings where and how they are allowed; nothing unfinished; no path of one machine | `house/plain.rs` |
//! | each edge has a tag and a model, each tag an edge, each model file a core file; the models' manifest mirrors the core's | `house/edges.rs` |
//! | words and sentences that have a better one | `house/words.rs` |
//! | the pages of the architecture and of what is proven name what there is; the guide shows what is built; the facade's pages show code that its users can compile | `house/pages.rs` |
//! | public functions show an example; first sentences are sentences, and no questions | `house/public_docs.rs` |
//! | what blocks has a future of the same name, or a reason why not | `house/twins.rs` |
//! | a figure or a comparison names the row of the bench that prints it | `house/figures.rs` |
//!
//! A rule is a function from source to violations. `house/broken.rs` and its like feed each of them small sources that break it, and
//! some that do not, so that no rule can pass because it looks at nothing.

mod house {
    #[allow(dead_code)] // The model harness uses the rest.
    pub(crate) mod accesses;
    pub(crate) mod arrows;
    mod arrows_broken;
    mod broken;
    pub(crate) mod edges;
    pub(crate) mod figures;
    mod figures_broken;
    pub(crate) mod floors;
    mod imports;
    pub(crate) mod items;
    pub(crate) mod known;
    pub(crate) mod layers;
    pub(crate) mod pages;
    pub(crate) mod plain;
    pub(crate) mod public_docs;
    mod public_docs_broken;
    pub(crate) mod tokens;
    pub(crate) mod tree;
    pub(crate) mod twins;
    mod twins_broken;
    pub(crate) mod words;
    mod words_broken;
}

use std::sync::OnceLock;

use house::arrows::{self, House};
use house::tree::{Source, Violation, workspace};
use house::{edges, figures, items, pages, plain, public_docs, twins, words};

/// The two libraries, with the tables of their rooms.
const HOUSES: [House; 2] = [
    House {
        root: "core/src/",
        rooms: house::layers::LAYERS,
        known: &house::known::KNOWN,
    },
    House {
        root: "std/src/",
        rooms: house::floors::FLOORS,
        known: &house::known::KNOWN,
    },
];

fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(workspace)
}

fn verdict(found: impl IntoIterator<Item = Violation>) {
    let found: Vec<String> = found.into_iter().map(|v| v.to_string()).collect();
    assert!(
        found.is_empty(),
        "{} violations\n{}\n",
        found.len(),
        found.join("\n")
    );
}

fn each(rule: fn(&Source) -> Vec<Violation>) {
    verdict(sources().iter().flat_map(rule));
}

#[test]
fn the_workspace_is_seen() {
    for path in [
        "Cargo.toml",
        "core/src/lib.rs",
        "std/src/lib.rs",
        "loom-tests/tests/models.rs",
    ] {
        assert!(
            sources().iter().any(|s| s.path == path),
            "{path} is not among the sources"
        );
    }
}

fn both_houses(rule: fn(&House, &[Source]) -> Vec<Violation>) {
    verdict(HOUSES.iter().flat_map(|house| rule(house, sources())));
}

#[test]
fn the_tables_of_rooms_are_true_and_have_no_circle() {
    both_houses(arrows::table);
}

#[test]
fn imports_lead_down_and_never_in_a_circle() {
    both_houses(arrows::imports);
}

#[test]
fn known_violations_are_needed() {
    both_houses(arrows::known);
}

#[test]
fn only_the_shim_knows_the_machinery() {
    each(arrows::machinery);
}

#[test]
fn the_facade_imports_the_public_interface_only() {
    each(plain::facade);
}

#[test]
fn no_file_is_longer_than_500_lines() {
    each(plain::length);
}

#[test]
fn only_the_shim_knows_loom_features_and_targets() {
    each(plain::conditions);
}

#[test]
fn unsafe_stands_where_it_is_listed() {
    each(plain::unsafety);
}

#[test]
fn orderings_have_an_edge_or_a_reason() {
    each(plain::orderings);
}

#[test]
fn edges_tags_and_models_agree() {
    verdict(edges::edges(sources()));
}

#[test]
fn model_files_mirror_core_files() {
    verdict(edges::mirrors(sources()));
}

#[test]
fn the_models_manifest_mirrors_the_cores() {
    verdict(edges::manifests(sources()));
}

#[test]
fn nothing_is_unfinished() {
    each(plain::unfinished);
}

#[test]
fn no_path_of_one_machine() {
    each(plain::machine_paths);
}

#[test]
fn f21_figures_and_comparisons_name_the_row_that_prints_them() {
    let rows = figures::rows(sources());
    assert!(rows.contains(&"pipeline/64B".to_string()), "{rows:?}");
    verdict(figures::figures(sources()));
}

#[test]
fn the_language_is_the_houses() {
    verdict(words::words(words::RULES, sources()));
}

#[test]
fn the_page_of_the_architecture_is_true() {
    verdict(pages::architecture(sources()));
}

#[test]
fn the_page_of_what_is_proven_is_true() {
    verdict(pages::verification(sources()));
}

#[test]
fn the_facades_pages_show_no_code_of_the_core() {
    each(pages::of_the_facade);
}

#[test]
fn the_guide_shows_the_source_that_is_modelled() {
    verdict(pages::shown(sources()));
}

/// How many of 1000 public functions of each library may be without an example on their page. These
/// numbers only fall, and are under 100.
const WITHOUT_EXAMPLE: [(&str, usize); 2] = [("core/src/", 99), ("std/src/", 99)];

#[test]
fn functions_show_an_example() {
    for (root, most) in WITHOUT_EXAMPLE {
        let items = items::of_library(sources(), root);
        let (all, bare) = public_docs::without_example(&items);
        bare.iter().for_each(|function| println!("{function}"));
        println!(
            "{root}: {} of {all} functions show an example",
            all - bare.len()
        );
        if bare.len() * 1000 > most * all {
            verdict(bare);
        }
    }
}

#[test]
fn no_public_item_is_documented_by_a_question() {
    for (root, _) in WITHOUT_EXAMPLE {
        verdict(public_docs::questions(&items::of_library(sources(), root)));
    }
}

#[test]
fn first_sentences_are_sentences() {
    for (root, _) in WITHOUT_EXAMPLE {
        verdict(public_docs::headless(&items::of_library(sources(), root)));
    }
}

#[test]
fn what_blocks_has_a_future() {
    let items = items::of_library(sources(), "std/src/");
    verdict(twins::twins(&items, twins::WITHOUT_FUTURE));
}
