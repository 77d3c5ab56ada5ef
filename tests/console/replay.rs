//! A session that was recorded is the same session again, at any moment of it, and gives nothing away.

use jiff::SignedDuration;
use mizzen::console::model::View;
use mizzen::console::model::address::Address;
use mizzen::console::model::keymap::BUILT_IN;
use mizzen::console::model::nav::Tab;
use mizzen::console::model::theme::Theme;
use mizzen::console::play::cast;
use mizzen::console::record::{Entry, Head, Recorder, lines, read};
use mizzen::console::replay::Player;
use mizzen::console::term::clean::Clean;
use mizzen::console::term::input::Input;
use mizzen::console::update::{Msg, PartUpdate};
use mizzen::console::view::paint;

use crate::world::{Console, checkout, now, parts, text};

const SIZE: (u16, u16) = (80, 24);

/// What came, a second apart, and the screen after each.
fn session() -> (Vec<Msg>, Vec<String>) {
    let mut console = Console::world(SIZE);
    let mut told = console.heard.clone();
    let mut later = now();
    let mut key = |key: &str| {
        later += SignedDuration::from_secs(1);
        Msg::Input(Input::Key(key.to_owned()), later)
    };
    let mut rest: Vec<Msg> = ["2", "j", "enter", "t"].into_iter().map(&mut key).collect();
    rest.extend(parts().into_iter().map(|part| Msg::Part(checkout(), part)));
    rest.extend(["y", "e", "j"].into_iter().map(&mut key));
    let mut screens: Vec<String> = told.iter().map(|_| String::new()).collect();
    for msg in rest {
        console.send(msg.clone());
        told.push(msg);
        screens.push(console.text());
    }
    (told, screens)
}

fn head(console: &Console) -> Head {
    let (_, keymap) = BUILT_IN[0];
    Head::now(&console.model, keymap)
}

/// When each of them came: a key at its own time, what follows it at once.
fn timed(told: Vec<Msg>) -> Vec<Entry> {
    let mut millis = 0;
    let entry = |msg: Msg| {
        if let Msg::Input(_, at) = &msg {
            millis = (at.as_millisecond() - now().as_millisecond()).unsigned_abs();
        }
        Entry(millis, msg)
    };
    told.into_iter().map(entry).collect()
}

#[test]
fn every_moment_is_as_it_was() {
    let (told, screens) = session();
    let head = Head { began: now(), ..head(&Console::empty(SIZE)) };
    let entries = timed(told);
    let last = |at: &usize| entries.get(at + 1).is_none_or(|next| next.0 > entries[*at].0);
    let seen: Vec<(u64, &String)> = (0..screens.len())
        .filter(|at| !screens[*at].is_empty() && last(at))
        .map(|at| (entries[at].0, &screens[at]))
        .collect();
    let mut player = Player::new(head, entries.clone(), SIZE).expect("a valid keymap");
    let theme = Theme::built_in("dark").expect("a theme");
    for (millis, screen) in seen.iter().chain(seen.iter().rev()) {
        player.go(*millis);
        assert_eq!(&text(&paint(&player.recorded(), &theme)), *screen, "after {millis}");
    }
}

#[test]
fn a_person_looks_around_and_comes_back() {
    let (told, _) = session();
    let entry = |(at, msg): (usize, &Msg)| Entry(1000 * at as u64, msg.clone());
    let entries: Vec<Entry> = told.iter().enumerate().map(entry).collect();
    let mut player =
        Player::new(head(&Console::empty(SIZE)), entries, SIZE).expect("a valid keymap");
    player.key("end");
    player.key("G");
    let before = player.shown();
    player.key("tab");
    player.key("1");
    assert!(player.shown().nav.app().is_none());
    player.key("tab");
    assert_eq!(player.shown().nav.app(), before.nav.app());
    player.key("<");
    assert_eq!(player.clock, player.end() - 10_000);
    player.key(".");
    assert_eq!(player.clock, player.end() - 9_000);
}

#[test]
fn a_file_gives_back_what_was_kept_without_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session");
    let console = Console::world(SIZE);
    let mut recorder = Recorder::begin(&path, &head(&console)).expect("a new file");
    let object = serde_json::json!({"spec": {"password": "hunter2",
        "objects": [{"kind": "Secret", "data": {"user": "YWxpY2U="}}]}});
    let yaml = mizzen::console::effect::object::lines(&object);
    recorder.keep(&Msg::Part(checkout(), PartUpdate::Yaml(None, Ok(yaml)))).expect("it is kept");
    recorder.keep(&Msg::Painted(now())).expect("it is left out");
    drop(recorder);
    assert!(Recorder::begin(&path, &head(&console)).is_err(), "a file is never written over");
    let (_, entries) = read(&path).expect("a recording");
    assert_eq!(entries.len(), 1);
    let kept = format!("{:?}", entries[0].1);
    assert!(kept.contains("redacted, 8 bytes") && kept.contains("password: ***"), "{kept}");
    assert!(!kept.contains("YWxpY2U") && !kept.contains("hunter2"), "{kept}");

    // What was cut off is read as far as it goes; what is none is refused.
    let bytes = std::fs::read(&path).expect("the file");
    std::fs::write(&path, &bytes[..bytes.len() - 9]).expect("a shorter file");
    assert_eq!(read(&path).expect("most of it").1.len(), 1);
    std::fs::write(&path, "nothing of the kind").expect("another file");
    assert!(read(&path).is_err_and(|why| why.contains("no recording")));
}

/// What is read may have been changed: text that is not clean is cleaned.
#[test]
fn a_recording_brings_no_sequence_to_the_screen() {
    for raw in ["\u{1b}[2J", "a\u{202e}b", "⟦1B⟧ and \u{9b}"] {
        let json = serde_json::to_string(raw).expect("a string");
        let clean: Clean = serde_json::from_str(&json).expect("a text");
        assert_eq!(clean, Clean::new(raw));
    }
    let stand_in = Clean::new("\u{1b}[2J");
    let json = serde_json::to_string(&stand_in).expect("a string");
    assert_eq!(serde_json::from_str::<Clean>(&json).expect("a text"), stand_in);
}

#[test]
fn other_players_take_a_cast_of_it() {
    let (told, _) = session();
    let entry = |(at, msg): (usize, &Msg)| Entry(300 * at as u64, msg.clone());
    let entries: Vec<Entry> = told.iter().enumerate().map(entry).collect();
    let theme = Theme::built_in("dark").expect("a theme");
    let mut out = Vec::new();
    cast(head(&Console::empty(SIZE)), entries, &theme, &mut out).expect("a vector takes bytes");
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    let mut lines = text.lines();
    let first: serde_json::Value =
        serde_json::from_str(lines.next().expect("a head")).expect("JSON");
    assert_eq!((first["version"].as_u64(), first["width"].as_u64()), (Some(2), Some(80)));
    let mut terminal =
        vt100::Parser::new(24.try_into().expect("not zero"), 80.try_into().expect("not zero"), 0);
    let mut before = -1.0;
    for line in lines {
        let event: (f64, String, String) = serde_json::from_str(line).expect("an event");
        assert!(event.0 > before && event.1 == "o");
        before = event.0;
        terminal.process(event.2.as_bytes());
    }
    assert!(terminal.screen().contents().contains("[events]"));
}

/// The archive of an incident holds a moment, in which a person looks around at once; what was read is all
/// there is, and stays.
#[test]
fn a_moment_is_looked_around_in() {
    let console = Console::world(SIZE);
    let mut told = console.heard.clone();
    let go = |tab| Msg::Go(Address { view: View::App(checkout(), tab), ..Address::default() });
    told.push(go(Tab::Logs));
    for part in parts() {
        let part = match part {
            PartUpdate::Logs(_, batch) => PartUpdate::Logs(1, batch),
            part => part,
        };
        told.push(Msg::Part(checkout(), part));
    }
    told.push(go(Tab::Tree));
    let entries: Vec<Entry> = told.into_iter().map(|msg| Entry(0, msg)).collect();
    let text = lines(&Head::of_moment(now()), &entries).expect("JSON");
    assert!(text.lines().count() > entries.len(), "one line each, after the head");
    let mut player = Player::new(Head::of_moment(now()), entries, SIZE).expect("a valid keymap");
    let theme = Theme::built_in("dark").expect("the dark theme is valid");
    for (key, shows) in [
        ("t", "container checkout"),
        ("o", "panic: no such table"),
        ("d", "kubectl-edit"),
        ("r", "checkout-v3"),
        ("e", "BackOff"),
        ("y", "kind: Application"),
        ("w", "waits for approval"),
    ] {
        player.key(key);
        let screen = text_of(&player, &theme);
        assert!(screen.contains(shows), "{key}: {screen}");
    }
}

fn text_of(player: &Player, theme: &Theme) -> String {
    text(&paint(&player.shown(), theme))
}
