//! Every hostile text through every place where a cluster's text is shown: the bytes that leave hold
//! only sequences of ours, rows stay rows, and honest text stays as it is.

use std::collections::BTreeSet;

use mizzen::console::effect::object::{lines, summary};
use mizzen::console::model::compare::Question;
use mizzen::console::model::detail::{DiffKind, DiffLine, EventRow, Node, Revision};
use mizzen::console::model::drift::{Drift, Drifted};
use mizzen::console::model::fleet::{Cluster, Reach};
use mizzen::console::model::journal::Deed;
use mizzen::console::model::logs::{Batch, LogLine};
use mizzen::console::model::sheet::{PlanRow, PlanView, Verb};
use mizzen::console::term::clean::Clean;
use mizzen::console::term::screen::Screen;
use mizzen::console::update::{Msg, PartUpdate};
use serde_json::json;

use crate::payloads::payloads;
use crate::world::{Console, app, checkout, compared, now};

/// Puts a text wherever a cluster may put one.
fn poisoned(text: &str) -> Console {
    let mut console = Console::empty((80, 24));
    console.send(Msg::Identity(Clean::new(text), Clean::new(text)));
    let cluster = |name: &str| Cluster {
        name: name.into(),
        reach: Reach::Down,
        error: Clean::new(text),
        heard: Some(now()),
        since: Some(now()),
        delay: Some(1),
        version: Clean::new(text),
    };
    console.send(Msg::Clusters(vec![cluster("local"), cluster(text)]));
    let step = json!({"id": "1", "name": text, "type": text, "phase": "suspending", "reason": text,
        "message": text});
    let object = json!({"metadata": {"name": "checkout", "namespace": "shop", "uid": text},
        "status": {"status": "unhealthy", "latestRevision": {"name": text, "revision": 1},
            "services": [{"name": text, "cluster": text, "message": text, "healthy": false,
                "workloadDefinition": {"apiVersion": "v1", "kind": text}}],
            "workflow": {"steps": [step], "status": text, "mode": text},
            "conditions": [{"type": "Ready", "status": "False", "reason": text, "message": text}]}});
    console.send(Msg::Apps { changed: vec![app(&object)], gone: vec![], complete: true });
    let drifted = Drifted {
        cluster: Clean::new(text),
        object: Clean::new(text),
        who: Clean::new(text),
        what: Clean::new(text),
        ..Drifted::default()
    };
    console.send(Msg::Drift(vec![(checkout(), Drift::of(vec![drifted]))]));
    console.send(Msg::Unwatched([(text.to_owned(), Clean::new(text))].into()));
    let clean = Clean::new(text);
    let deed = Deed {
        verb: clean.clone(),
        about: clean.clone(),
        who: clean.clone(),
        reason: clean.clone(),
        said: clean,
        ..Deed::default()
    };
    console.send(Msg::Journal(vec![deed]));
    console.keys(&["2", "enter"]);
    for part in parts(text) {
        console.send(Msg::Part(checkout(), part));
    }
    console
}

fn parts(text: &str) -> Vec<PartUpdate> {
    let clean = Clean::new(text);
    let node = Node {
        id: text.into(),
        cluster: text.into(),
        kind: clean.clone(),
        namespace: text.into(),
        name: clean.clone(),
        text: clean.clone(),
        ..Node::default()
    };
    let revision =
        Revision { name: clean.clone(), publish_version: clean.clone(), ..Revision::default() };
    let event = EventRow {
        reason: clean.clone(),
        object: clean.clone(),
        message: clean.clone(),
        ..EventRow::default()
    };
    let log = LogLine { source: clean.clone().into(), text: clean.clone(), ..LogLine::default() };
    vec![
        PartUpdate::Tree(Ok(vec![node])),
        PartUpdate::Diff(
            Question::default(),
            Ok(compared(vec![DiffLine {
                kind: DiffKind::Add,
                text: clean.clone(),
                who: clean,
                when: None,
                differs: Some((2, 9)),
            }])),
        ),
        PartUpdate::Revisions(Ok(vec![revision])),
        PartUpdate::Yaml(None, Ok(lines(&hostile_object(text)))),
        PartUpdate::Info(None, Ok(summary(&hostile_object(text), text, &[]))),
        PartUpdate::Events(Ok(vec![event])),
        PartUpdate::Logs(0, Ok(Batch { lines: vec![log], ..Batch::default() })),
    ]
}

/// An object that says it in every place.
fn hostile_object(text: &str) -> serde_json::Value {
    serde_json::json!({"kind": text, "metadata": {"name": text, "labels": {text: text},
        "managedFields": [{"manager": text, "fieldsV1": {format!("f:{text}"): {}}}]},
        "spec": {text: text, "list": [text]},
        "status": {"conditions": [{"type": text, "status": text, "message": text}]}})
}

/// What a side asked for when it was opened.
fn told(console: &mut Console, text: &str) {
    for part in parts(text) {
        let part = console.asked(part);
        console.send(Msg::Part(checkout(), part));
    }
}

fn sheet(console: &mut Console, text: &str) {
    let clean = Clean::new(text);
    console.keys(&["A"]);
    let row = PlanRow {
        cluster: text.into(),
        verb: "patch".into(),
        object: clean.clone(),
        reason: clean.clone(),
        first: vec![DiffLine {
            kind: DiffKind::Remove,
            text: clean.clone(),
            ..DiffLine::default()
        }],
        diff: Vec::new(),
    };
    let plan = PlanView {
        number: 1,
        headline: clean.clone(),
        consequences: vec![clean.clone()],
        rows: vec![row.clone()],
        writes: vec![row],
        relies_on: Some(clean),
    };
    console.send(Msg::Planned(Verb::Approve, checkout(), Ok(plan)));
}

/// Every control sequence in a frame, checked against the few that we write.
fn foreign(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).expect("frames are UTF-8");
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control()) {
        let Some(sequence) = rest[at..].strip_prefix("\x1b[") else {
            return Some(format!("{:?}", &rest[at..].chars().take(8).collect::<String>()));
        };
        let end = sequence.find(|c: char| ('@'..='~').contains(&c)).unwrap_or(0);
        let (parameters, last) = (&sequence[..end], &sequence[end..=end]);
        let plain = parameters.chars().all(|c| c.is_ascii_digit() || c == ';');
        let ours = match last {
            "H" | "C" | "m" => plain,
            "J" => parameters == "2",
            "K" => parameters.is_empty(),
            "h" | "l" => parameters == "?2026",
            _ => false,
        };
        if !ours {
            return Some(format!("CSI {parameters} {last}"));
        }
        rest = &sequence[end + 1..];
    }
    None
}

fn frame(console: &Console) -> Vec<u8> {
    let mut screen = Screen::new(console.model.size.0, console.model.size.1);
    let mut out = Vec::new();
    screen.show(console.screen(), &mut out).expect("a vector takes bytes");
    out
}

fn rows(n: u16) -> std::num::NonZeroU16 {
    n.try_into().expect("sizes of tests are not zero")
}

/// Characters that a cluster's text must never bring onto the screen.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c), 0x200B | 0x200E | 0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF)
}

#[test]
fn only_our_sequences_leave() {
    let mut wrong = BTreeSet::new();
    for (id, text) in payloads().unwrap_or_default() {
        let mut console = poisoned(&text);
        for tab in ["t", "w", "d", "r", "y", "e", "o", "w", "3", "1", "2", "@", ":"] {
            console.model.sheet = None;
            console.model.picker = None;
            console.keys(&[tab]);
            told(&mut console, &text);
            let screen = console.text();
            if screen.lines().count() != 24 {
                wrong.insert(format!("{id} in {tab}: {} lines", screen.lines().count()));
            }
            if let Some(c) = screen.chars().find(|c| *c != '\n' && is_dangerous(*c)) {
                wrong.insert(format!("{id} in {tab}: {c:?} is on screen"));
            }
            if let Some(sequence) = foreign(&frame(&console)) {
                wrong.insert(format!("{id} in {tab}: {sequence}"));
            }
            if tab == "w" {
                sheet(&mut console, &text);
                if let Some(sequence) = foreign(&frame(&console)) {
                    wrong.insert(format!("{id} in a sheet: {sequence}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The terminal shows what was painted, row by row, as vt100 understands the bytes.
#[test]
fn a_payload_stays_in_its_row() {
    let mut wrong = BTreeSet::new();
    for (id, text) in payloads().unwrap_or_default() {
        let mut console = poisoned(&text);
        for tab in ["t", "w", "e", "o"] {
            console.keys(&[tab]);
            told(&mut console, &text);
            let mut terminal = vt100::Parser::new(rows(24), rows(80), 0);
            terminal.process(&frame(&console));
            let shown = terminal.screen().contents();
            for (row, (ours, theirs)) in console.text().lines().zip(shown.lines()).enumerate() {
                // Terminals disagree on the width of some clusters; what follows is placed anew, so a
                // row may hold a blank more or less but never another row's text.
                let letters = |s: &str| s.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
                let (ours, theirs): (String, String) = (letters(ours), letters(theirs));
                if !ours.starts_with(&theirs) && !theirs.starts_with(&ours) {
                    wrong.insert(format!("{id} in {tab} row {row}: {ours} / {theirs}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn honest_text_is_unchanged() {
    let mut wrong = BTreeSet::new();
    for (id, text) in payloads().unwrap_or_default() {
        let class = id.split('-').next().unwrap_or_default();
        if class == "markup" && !text.chars().any(char::is_control) {
            let shown = Clean::new(&text);
            if shown.as_str() != text && text.chars().count() <= 4096 {
                wrong.insert(format!("{id}: {shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
