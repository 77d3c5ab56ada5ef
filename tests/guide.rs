//! The user's guide under `docs/`: what stands in it of the program is made by the program. Screens are those
//! of `snapshots/`, tables of keys those of the keymaps; `cargo xtask bless guide` writes them anew. Links
//! lead somewhere, and every page is in the table of contents.

#![allow(clippy::panic, reason = "a failing test panics")]

use std::path::{Path, PathBuf};

use mizzen::console::model::action::RECORDS;
use mizzen::console::model::keymap::{BUILT_IN, Keymap};
use mizzen::console::model::nav::Tab;
use mizzen::console::model::{Action, State};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every page: its path below `docs/src`, and its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages: Vec<(PathBuf, String)> = std::fs::read_dir(root().join("docs/src"))
        .expect("the guide")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("a page is text")))
        .collect();
    pages.sort();
    pages
}

/// What a mark of a page stands for: the lines between it and its end.
fn made(mark: &str) -> String {
    let (what, rest) = mark.split_once(' ').unwrap_or((mark, ""));
    match what {
        "screen" => {
            let path = root().join("snapshots").join(format!("{rest}.txt"));
            let screen = std::fs::read_to_string(&path)
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            format!("```text\n{screen}```\n")
        }
        "keys" => keys(rest),
        "states" => states(),
        other => panic!("no part of the guide is made by {other:?}"),
    }
}

/// The keys of one place in every keymap: everywhere, or on one side of an application.
fn keys(place: &str) -> String {
    let side = Tab::ALL.into_iter().find(|tab| tab.title() == place);
    let keymaps: Vec<Keymap> =
        BUILT_IN.iter().map(|(name, _)| Keymap::built_in(name).expect("a valid keymap")).collect();
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    let mut text = format!("| what it does | name | {} |\n", names.join(" | "));
    text.push_str(&format!("| --- | --- |{}\n", " --- |".repeat(names.len())));
    for (action, name, help) in RECORDS.iter().filter(|(it, ..)| keymaps[0].side_of(*it) == side) {
        let keys = |keymap: &Keymap| code(keymap, *action);
        let cells: Vec<String> = keymaps.iter().map(keys).collect();
        text.push_str(&format!("| {help} | {name} | {} |\n", cells.join(" | ")));
    }
    text
}

fn code(keymap: &Keymap, action: Action) -> String {
    let keys: Vec<String> = keymap.keys(action).iter().map(|key| format!("`{key}`")).collect();
    keys.join(" ").replace('|', "\\|")
}

fn states() -> String {
    let mut text = "| glyph | in ASCII | word |\n| --- | --- | --- |\n".to_owned();
    for state in State::ALL {
        let (glyph, ascii) = (state.glyph(false), state.glyph(true));
        text.push_str(&format!("| `{glyph}` | `{ascii}` | {} |\n", state.word()));
    }
    text
}

/// A page with everything between its marks made anew.
fn renewed(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in page.lines() {
        let mark = line.strip_prefix("<!-- made: ").and_then(|rest| rest.strip_suffix(" -->"));
        inside &= line != "<!-- /made -->";
        if !inside {
            text.push_str(line);
            text.push('\n');
        }
        if let Some(mark) = mark {
            text.push_str(&made(mark));
            inside = true;
        }
    }
    assert!(!inside, "a mark has no end");
    text
}

#[test]
fn guide_shows_what_the_program_shows() {
    for (path, page) in pages() {
        let renewed = renewed(&page);
        if std::env::var_os("MIZZEN_BLESS").is_some() {
            std::fs::write(&path, renewed).expect("the guide can be written");
        } else {
            let same = page == renewed;
            assert!(same, "{}: `cargo xtask bless guide` writes it anew", path.display());
        }
    }
}

/// What stands between `](` and `)` in the text, code left out.
fn links(page: &str) -> Vec<String> {
    let mut fenced = false;
    let mut links = Vec::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        let mut rest = if fenced { "" } else { line };
        while let Some((_, after)) = rest.split_once("](") {
            let (link, after) = after.split_once(')').expect("a link has an end");
            links.push(link.to_owned());
            rest = after;
        }
    }
    links
}

/// The anchors of a page, as mdBook makes them of headings.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn guide_links_lead_somewhere() {
    for (path, page) in pages() {
        for link in links(&page).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let there = match file {
                "" => path.clone(),
                file => path.parent().unwrap_or(Path::new("")).join(file),
            };
            let text = std::fs::read_to_string(&there)
                .unwrap_or_else(|why| panic!("{}: {link}: {why}", path.display()));
            let known = anchor.is_empty() || anchors(&text).iter().any(|known| known == anchor);
            assert!(known, "{}: {link} leads to no heading", path.display());
        }
    }
}

#[test]
fn guide_lists_every_page() {
    let contents = std::fs::read_to_string(root().join("docs/src/SUMMARY.md")).expect("contents");
    let listed = links(&contents);
    for (path, _) in pages() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        assert!(
            name == "SUMMARY.md" || listed.contains(&name),
            "{name} is in no table of contents"
        );
    }
}

/// Keys that the text names are keys that are bound, so that a rebound default is found here.
#[test]
fn guide_names_keys_that_exist() {
    let keymap = Keymap::built_in("default").expect("the default keymap is valid");
    for (path, page) in pages() {
        for line in page.lines().filter(|line| line.starts_with("Keys:")) {
            for key in line.split('`').skip(1).step_by(2) {
                let letter = key.chars().count() == 1;
                let bound = letter
                    || [None, Some(Tab::Logs), Some(Tab::Diff), Some(Tab::Yaml)]
                        .into_iter()
                        .any(|side| keymap.action(key, side).is_some());
                assert!(bound, "{}: {key:?} is no key", path.display());
            }
        }
    }
}
