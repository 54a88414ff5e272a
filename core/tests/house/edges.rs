//! Rules that look at several files at once: edges and their models, the two manifests.

use std::collections::{BTreeMap, BTreeSet};

use super::accesses::{self, is_edge};
use super::tokens::{Kind, closing, code, tokens};
use super::tree::{Source, Violation};

/// The edges of the table at the head of a file, with their lines: in its module doc, or in comments below a public page.
fn table(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (n, line) in source.text.lines().enumerate() {
        let line = line.trim_start();
        let row = line
            .strip_prefix("//!")
            .or_else(|| {
                line.strip_prefix("//")
                    .filter(|rest| !rest.starts_with('/'))
            })
            .map(str::trim)
            .unwrap_or_default();
        let first = row
            .strip_prefix('|')
            .and_then(|rest| rest.split('|').next())
            .map(str::trim);
        if let Some(edge) = first.filter(|cell| is_edge(cell)) {
            found.push((edge.to_string(), n + 1));
        }
    }
    found
}

/// The models in the table of a model file: name and what each claims to kill.
fn models(text: &str) -> Vec<(String, Vec<String>)> {
    let tokens = tokens(text);
    let code = code(&tokens);
    let mut found = Vec::new();
    let starts = code
        .windows(3)
        .position(|w| w[0].is_word("models") && w[1].is("!") && w[2].is("{"));
    let Some(start) = starts else { return found };
    let end = closing(&code, start + 2);
    let mut i = start + 3;
    while i < end {
        if code[i].kind != Kind::Word || !code[i + 1].is("{") {
            i += 1;
            continue;
        }
        let close = closing(&code, i + 1);
        let mut kills = Vec::new();
        if let Some(at) = (i..close).find(|&at| code[at].is_word("kills")) {
            let items = &code[at..closing(&code, at + 2)];
            kills.extend(
                items
                    .iter()
                    .filter(|t| t.kind == Kind::Text)
                    .map(|t| t.text.to_string()),
            );
        }
        found.push((code[i].text.to_string(), kills));
        i = close + 1;
    }
    found
}

const MODELS: &str = "loom-tests/tests/";

/// Edges without a model, without a tag, named twice, and tags of edges that no table has.
pub(crate) fn edges(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    let libraries: Vec<&Source> = sources
        .iter()
        .filter(|s| s.is_library() && !s.is_shim())
        .collect();
    let inner = |s: &Source| s.in_core().map_or(s.path.clone(), String::from);
    let mut used = BTreeSet::new();
    let mut known = BTreeSet::new();
    for source in &libraries {
        for (edge, line) in table(source) {
            if !known.insert(format!("{}#{edge}", inner(source))) {
                found.push(source.at(line, format!("{edge} is in the table twice")));
            }
        }
    }
    for source in &libraries {
        for access in accesses::accesses(&source.text) {
            for tag in &access.tags {
                let key = tag.key(&inner(source));
                if !known.contains(&key) {
                    found.push(source.at(access.line, format!("{key} is in no table of edges")));
                }
                used.insert(key);
            }
        }
    }
    let mut claims = BTreeSet::new();
    let mut names = BTreeMap::new();
    for source in sources
        .iter()
        .filter(|s| s.path.starts_with(MODELS) && s.is_rust())
    {
        for (name, kills) in models(&source.text) {
            claims.extend(kills);
            names
                .entry(source.path.clone())
                .or_insert_with(Vec::new)
                .push(name);
        }
    }
    for source in &libraries {
        let file = inner(source);
        for (edge, line) in table(source) {
            let key = format!("{file}#{edge}");
            if !used.contains(&key) {
                found.push(source.at(line, format!("{edge} has no access tagged with it")));
            }
            let prefix = format!("{}_", edge.to_lowercase());
            let own = names.get(&format!("{MODELS}{file}")).into_iter().flatten();
            let modelled =
                claims.contains(&key) || own.into_iter().any(|name| name.starts_with(&prefix));
            if source.in_core().is_some() && !modelled {
                found.push(source.at(
                    line,
                    format!("no model kills {key}, and none in {MODELS}{file} is called {prefix}…"),
                ));
            }
        }
    }
    found
}

/// Model files that mirror no file of the core, and none of the facade.
pub(crate) fn mirrors(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|s| s.is_rust() && !models(&s.text).is_empty())
    {
        let Some(file) = source
            .path
            .strip_prefix(MODELS)
            .filter(|f| !f.starts_with("harness/"))
        else {
            continue;
        };
        // A program that the docs show is modelled from its own source: `examples/latch.rs` is that of `examples/latch/`.
        let shown = format!("core/{}/", file.trim_end_matches(".rs"));
        let shown = |s: &Source| file.starts_with("examples/") && s.path.starts_with(&shown);
        // So is a file of the facade below which nothing of it is needed.
        let facades = format!("std/src/{file}");
        let facades = |s: &Source| s.path == facades;
        if !sources
            .iter()
            .any(|s| s.in_core() == Some(file) || shown(s) || facades(s))
        {
            found.push(source.at(
                1,
                format!(
                    "there is no core/src/{file} or std/src/{file} that this could be the models of"
                ),
            ));
        }
    }
    found
}

/// The settings of a manifest: section, then key and value. Arrays that go over several lines are joined.
fn manifest(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    let mut lines = text
        .lines()
        .map(|l| l.split(" #").next().unwrap_or_default().trim());
    while let Some(line) = lines.next() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_string();
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let mut value: String = value.split_whitespace().collect();
            while value.matches(['[', '{']).count() > value.matches([']', '}']).count() {
                let Some(more) = lines.next() else { break };
                value.extend(more.split_whitespace());
            }
            let value = value.replace(",]", "]");
            found
                .entry(section.clone())
                .or_default()
                .insert(key.trim().to_string(), value);
        }
    }
    found
}

/// Dependencies and features of the models that are not those of the core. loom is the difference: there a normal one.
pub(crate) fn manifests(sources: &[Source]) -> Vec<Violation> {
    let of = |path: &str| sources.iter().find(|s| s.path == path);
    let mut found = Vec::new();
    for (path, checker) in MANIFESTS {
        let (Some(core), Some(models)) = (of("core/Cargo.toml"), of(path)) else {
            return vec![Source::new("Cargo.toml", "").at(1, "a manifest is missing")];
        };
        found.extend(mirrors_the_core(core, models, checker));
    }
    found
}

/// Packages that are the core in other words, and what they need beside its dependencies.
const MANIFESTS: [(&str, Option<&str>); 2] = [
    ("loom-tests/Cargo.toml", None),
    // By the name of loom it has shuttle.
    ("loom-tests/shuttle/Cargo.toml", Some("loom")),
];

/// Differences between the core's manifest and that of a package with the same sources, but for one
/// dependency.
fn mirrors_the_core(core: &Source, loom: &Source, but: Option<&str>) -> Vec<Violation> {
    let (wanted, actual) = (manifest(&core.text), manifest(&loom.text));
    let all = |m: &BTreeMap<String, BTreeMap<String, String>>, sections: &[&str]| {
        let found = sections.iter().filter_map(|s| m.get(*s)).flatten();
        found
            .filter(|(k, _)| k.split('.').next() != but)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let mut found = Vec::new();
    let mut compare =
        |what: &str, wanted: BTreeMap<String, String>, actual: BTreeMap<String, String>| {
            for (key, value) in &wanted {
                if actual.get(key) != Some(value) {
                    let words = format!(
                        "{what} `{key} = {value}` of the core is {:?} here",
                        actual.get(key)
                    );
                    found.push(loom.at(1, words));
                }
            }
            for key in actual.keys().filter(|key| !wanted.contains_key(*key)) {
                found.push(loom.at(1, format!("{what} `{key}` is not the core's")));
            }
        };
    let dependencies = ["dependencies", "target.'cfg(loom)'.dependencies"];
    compare(
        "dependency",
        all(&wanted, &dependencies),
        all(&actual, &dependencies[..1]),
    );
    compare(
        "feature",
        all(&wanted, &["features"]),
        all(&actual, &["features"]),
    );
    found
}
