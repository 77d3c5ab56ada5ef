//! The ten journeys of the guide, walked as a new user walks them: the keys that `docs/src/journeys.md`
//! lists, pressed in the demo on a small screen, from the inbox. The guide can promise nothing that the
//! program does not do, and no more keys than it says.

use crate::terminal::Terminal;

/// The most keys of a journey, reasons and codes not counted.
const MOST_KEYS: usize = 8;

/// A journey: its number, the keys of its first line and of the one after, and what is seen then.
struct Journey {
    number: &'static str,
    /// What the screen holds after its keys.
    shows: &'static [&'static str],
}

/// In an order in which none takes away what a later one needs.
const JOURNEYS: &[Journey] = &[
    Journey { number: "1", shows: &["[tree]", "only trouble", "payment-worker"] },
    Journey { number: "2", shows: &["[logs]", "before the last restart"] },
    Journey { number: "5", shows: &["Roll back shop/search to search-v1", "Type "] },
    Journey { number: "7", shows: &["[diff]", "- search-v1   + applied", "4.1.0-sim-notready"] },
    Journey { number: "8", shows: &["[logs]", "following"] },
    Journey { number: "9", shows: &["/ #"] },
    Journey { number: "10", shows: &["mizzen-shop-shop-"] },
    Journey { number: "6", shows: &["repair of data/reports: written and kept by the hub"] },
    Journey { number: "4", shows: &["hold of shop/edge: written and kept by the hub"] },
    Journey { number: "3", shows: &["approve of shop/shop: written and kept by the hub"] },
];

#[test]
fn the_journeys_of_the_guide_lead_where_it_says() {
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/src/journeys.md"))
            .expect("the guide");
    let mut terminal = Terminal::demo((80, 24));
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal
        .until("a crash", |screen| screen.contains("shop/checkout") && screen.contains("▲ deg"));
    terminal.until("a release that fails", |screen| screen.contains("shop/search"));
    terminal.until("drift", |screen| screen.contains("kubectl-scale changed"));
    for journey in JOURNEYS {
        // In a comparison the numbers choose its sides.
        if terminal.screen().contains("[diff]") {
            terminal.send(b"\x1b");
            terminal.until("out of it", |screen| !screen.contains("[diff]"));
        }
        terminal.send(b"1");
        terminal.until("the inbox", |screen| screen.contains("[inbox]"));
        terminal.send(b"\x1b");
        terminal.until("no filter", |screen| !screen.contains(" of "));
        terminal.send(b"g");
        terminal.until("the first row", |screen| {
            screen.lines().nth(3).is_some_and(|row| row.starts_with('▌'))
        });
        walk(&mut terminal, &keys(&guide, journey.number));
        for text in journey.shows {
            terminal.until(&format!("journey {}: {text}", journey.number), |screen| {
                screen.contains(text)
            });
        }
        if journey.number == "9" {
            terminal.send(b"exit\r");
            terminal.until("the console again", |screen| screen.contains("the shell ended"));
        }
        if journey.number == "5" {
            terminal.send(b"\x1b");
            terminal.until("no sheet", |screen| !screen.contains("Type "));
        }
    }
    terminal.send(b"\x03");
    terminal.ended_well();
}

/// A word of a line of keys.
#[derive(Debug, PartialEq)]
enum Word {
    Key(String),
    Reason,
}

/// The keys of a journey, as its first line of them has them.
fn keys(guide: &str, number: &str) -> Vec<Word> {
    let head = format!("## {number}. ");
    let section = guide.split("\n## ").find(|part| format!("## {part}").starts_with(&head));
    let section = section.unwrap_or_else(|| panic!("the guide has no journey {number}"));
    let line = section.lines().find_map(|line| line.strip_prefix("Keys: "));
    let line = line.unwrap_or_else(|| panic!("journey {number} has no keys"));
    let word = |word: &str| match word {
        "*why*" => Word::Reason,
        key => Word::Key(key.trim_matches('`').to_owned()),
    };
    let words: Vec<Word> = line.split(' ').map(word).collect();
    let count = words.iter().filter(|word| **word != Word::Reason).count();
    assert!(count <= MOST_KEYS, "journey {number} takes {count} keys");
    words
}

/// Presses the keys, each when the one before has been answered: a sheet is deaf for a moment, and a
/// person reads before saying yes.
fn walk(terminal: &mut Terminal, words: &[Word]) {
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Reason => terminal.send(b"looked at it"),
            Word::Key(key) => press(terminal, key, words.get(at + 1) == Some(&Word::Reason)),
        }
        let after_enter = at > 0 && words[at - 1] == Word::Key("enter".to_owned());
        if after_enter && *word == Word::Key("r".to_owned()) {
            terminal.until("the revisions", |screen| screen.contains("current"));
        }
    }
}

fn press(terminal: &mut Terminal, key: &str, opens_reason: bool) {
    match key {
        "tab" if opens_reason => {
            terminal.until("a plan", |screen| screen.contains("[ Cancel ]"));
            terminal.press(b"\t", "the reason has the focus", |screen| screen.contains("Why: _"));
        }
        "tab" => {
            terminal.send(b"\t");
            terminal.until("the button has the focus", |screen| {
                screen.contains("[ ") && !screen.contains("[ Cancel ]")
            });
        }
        "enter" if terminal.screen().contains("does it") => {
            terminal.press(b"\r", "it is being written", |screen| !screen.contains("does it"));
        }
        "enter" if terminal.screen().contains("shell in: ") => {
            terminal.until("a container", |screen| !screen.contains(" 0 found"));
            terminal.send(b"\r");
        }
        "enter" => terminal.send(b"\r"),
        "ctrl-e" => terminal.send(b"\x05"),
        key if key.chars().count() == 1 => {
            terminal.send(key.as_bytes());
            match key {
                "!" => terminal.until("the containers", |screen| screen.contains("shell in: ")),
                // A person sees the rows before going to another one.
                "j" => terminal.until("another row", |screen| {
                    screen.lines().nth(3).is_some_and(|row| !row.starts_with('▌'))
                }),
                _ => {}
            }
        }
        key => panic!("no key {key:?} in journeys"),
    }
}
