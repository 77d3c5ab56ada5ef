//! Plays the corpora inside the reference's own module: `goldens_official MODULE [--only WORD] [--level LEVEL] [--dump]`.
//!
//! `MODULE` is the unpacked folder of the reference at the version whose results we follow. One line a corpus, `N of M`;
//! fails when a case fails that `tests/official_misses.txt` does not list with its reason, and when a listed one passes
//! (the list may only shrink). Nothing of the corpora is kept here.
//! `WORD` is part of the name of a case; `LEVEL` is `values`, `closed` (the usual one), `order` or `texts`; `--dump` prints our
//! trees of the archives too.

mod archive;
mod builtins;
mod compare;
mod eval;
mod fmt;
mod gotable;
mod notation;
#[path = "../goldens_cue/player.rs"]
mod player;
mod tables;
mod txtar;

use std::path::Path;
use std::process::ExitCode;

use archive::Archive;
use compare::Level;
use player::Asked;

/// Reasons for the cases that fail, one a line: `corpus case: reason`.
const MISSES: &str = include_str!("../../tests/official_misses.txt");

struct Options {
    asked: Asked,
    level: Level,
    dump: bool,
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.asked.only.as_ref().is_none_or(|o| name.contains(o.as_str()))
    }

    fn chosen(&self, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
        outcomes.retain(|(name, _)| self.wants(name));
        outcomes
    }
}

/// The outcome of a case: its name, and what differs.
type Outcome = (String, Option<String>);

fn main() -> ExitCode {
    player::ended("goldens_official", run())
}

fn options() -> Result<Options, String> {
    let (mut level, mut dump) = (Level::Closed, false);
    let usage = "goldens_official MODULE [--only WORD] [--level LEVEL] [--dump]";
    let asked = player::asked(usage, |arg, args| {
        match arg {
            "--dump" => dump = true,
            "--level" => level = named_level(args.next().as_deref())?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Options { asked, level, dump })
}

fn named_level(name: Option<&str>) -> Result<Level, String> {
    Ok(match name {
        Some("values") => Level::Values,
        Some("closed") => Level::Closed,
        Some("order") => Level::Order,
        Some("texts") => Level::Texts,
        _ => return Err("--level is values, closed, order or texts".into()),
    })
}

fn run() -> Result<bool, String> {
    let options = options()?;
    let module = &options.asked.place;
    let mut good = true;
    let evaluated = |name: &str, a: &Archive| {
        let want = eval::expectation(a);
        let outcome = |want| (name.to_owned(), eval::play(a, want, options.level));
        want.map(outcome).into_iter().collect()
    };
    let corpora = [
        ("eval", cases(&options, "cue/testdata", evaluated)?),
        ("format", cases(&options, "cue/format/testdata", fmt::play)?),
        ("builtin", cases(&options, "pkg", builtins::play)?),
        ("literal", options.chosen(tables::literals(module)?)),
        ("scanner", options.chosen(tables::scanner(module)?)),
        ("parser", options.chosen(tables::parser(module)?)),
    ];
    for (corpus, outcomes) in corpora {
        good &= report(corpus, &outcomes, options.asked.only.is_some());
    }
    Ok(good)
}

/// Prints a corpus; whether it is as it should be.
fn report(corpus: &str, outcomes: &[Outcome], partial: bool) -> bool {
    let known: Vec<&str> = MISSES
        .lines()
        .filter_map(|l| l.strip_prefix(corpus)?.strip_prefix(' ')?.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    let mut good = true;
    for (name, diff) in outcomes {
        let listed = known.contains(&name.as_str());
        match diff {
            Some(diff) => {
                let note = if listed { "known" } else { "FAILED" };
                println!("{corpus} {name} [{note}] {diff}");
                good &= listed;
            }
            None if listed => {
                println!("{corpus} {name} [FIXED] passes now: take it off the list");
                good = false;
            }
            None => {}
        }
    }
    let gone = known.iter().filter(|k| !outcomes.iter().any(|(name, _)| name == *k));
    for name in gone.filter(|_| !partial) {
        println!("{corpus} {name} [GONE] is listed and no case");
        good = false;
    }
    let passed = outcomes.iter().filter(|o| o.1.is_none()).count();
    println!("{corpus}: {passed} of {}", outcomes.len());
    good
}

/// The cases of all archives below a folder.
fn cases(
    options: &Options,
    folder: &str,
    play: impl Fn(&str, &Archive) -> Vec<Outcome>,
) -> Result<Vec<Outcome>, String> {
    let root = options.asked.place.join(folder);
    let mut outcomes = Vec::new();
    for path in archive::find(&root) {
        let name = case_name(&root, &path);
        let archive = Archive::parse(&player::read(&path)?);
        if options.dump && options.wants(&name) {
            println!("{}", eval::dumped(&archive));
        }
        outcomes.extend(play(&name, &archive));
    }
    Ok(options.chosen(outcomes))
}

/// The first line in which two texts differ.
fn first_line_apart(want: &str, got: &str) -> Option<String> {
    if want == got {
        return None;
    }
    let mut lines = (want.lines(), got.lines());
    for number in 1.. {
        let (a, b) = (lines.0.next(), lines.1.next());
        if a != b || a.is_none() {
            let say = |l: Option<&str>| l.map_or("the end".to_owned(), |l| format!("{l:?}"));
            return Some(format!("line {number}: {}, expected {}", say(b), say(a)));
        }
    }
    None
}

/// The path of an archive below its folder, without its extension.
fn case_name(root: &Path, path: &Path) -> String {
    let name = path.strip_prefix(root).unwrap_or(path).with_extension("");
    name.to_string_lossy().replace('\\', "/")
}
