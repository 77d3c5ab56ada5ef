//! Which two sides are compared, and how: what opens where, by keys, and which answers count.

use mizzen::console::model::compare::{Pair, Question};
use mizzen::console::model::detail::{DiffKind, DiffLine};
use mizzen::console::term::clean::Clean;
use mizzen::console::update::{Effect, Msg, PartUpdate};

use crate::world::{Console, checkout, compared};

const SIZE: (u16, u16) = (120, 30);

/// What differs between two revisions.
pub(crate) fn between_revisions() -> PartUpdate {
    let line = |kind, text: &str| DiffLine { kind, text: Clean::new(text), ..DiffLine::default() };
    let changed =
        |kind, text: &str, differs| DiffLine { differs: Some(differs), ..line(kind, text) };
    PartUpdate::Diff(
        Question::default(),
        Ok(compared(vec![
            line(DiffKind::Head, "- checkout-v3   + checkout-v4   3 without a difference"),
            line(DiffKind::Head, "Application"),
            line(DiffKind::Same, "    properties:"),
            changed(DiffKind::Remove, "      image: shop/checkout:2.0", (27, 28)),
            changed(DiffKind::Add, "      image: shop/checkout:2.1", (27, 28)),
            line(DiffKind::Head, "Deployment checkout in stage-1"),
            changed(DiffKind::Remove, "        image: shop/checkout:2.0", (29, 30)),
            changed(DiffKind::Add, "        image: shop/checkout:2.1", (29, 30)),
            line(DiffKind::Head, "Service checkout-old in stage-1: only checkout-v3 has it"),
            line(DiffKind::Remove, "kind: Service"),
        ])),
    )
}

/// The pair that was asked for last.
fn asked(console: &Console) -> String {
    let pair = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Compare(_, question) => Some(question.pair.to_string()),
        _ => None,
    });
    pair.unwrap_or_default()
}

#[test]
fn what_is_compared_first_depends_on_where_one_is() {
    for (keys, expected) in [
        // Of drift and of resources what runs, of an application what a delivery would change.
        (&["2", "/", "c", "h", "e", "c", "k", "enter", "d"][..], "applied,live"),
        (&["1", "/", "w", "e", "l", "l", "enter", "d"], "applied,live"),
        (&["2", "/", "p", "a", "y", "m", "enter", "d"], "applied,rendered"),
        (&["2", "/", "p", "a", "y", "m", "enter", "t", "d"], "applied,live"),
        (&["2", "/", "p", "a", "y", "m", "enter", "w", "d"], "applied,rendered"),
    ] {
        let mut console = Console::world(SIZE);
        console.keys(keys);
        assert_eq!(asked(&console), expected, "{keys:?}");
    }
}

#[test]
fn revisions_are_compared_with_what_is_and_with_each_other() {
    for (keys, expected) in [
        (&["j", "d"][..], "checkout-v3,applied"),
        (&["d"], "checkout-v4,rendered"),
        (&["j", "enter"], "checkout-v3,applied"),
        (&["j", "j", "space", "k", "k", "d"], "checkout-v2,checkout-v4"),
    ] {
        let mut console = Console::world(SIZE);
        console.open("checkout", "r").keys(keys);
        assert_eq!(asked(&console), expected, "{keys:?}");
    }
}

#[test]
fn two_numbers_choose_two_sides_and_tab_the_next() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "d");
    assert_eq!(asked(&console), "applied,live");
    for (keys, expected) in [
        (&["tab"][..], "applied,rendered"),
        (&["1"], "applied,rendered"),
        (&["3"], "spec,applied"),
        (&["4", "2"], "rendered,live"),
        (&["2", "2"], "rendered,live"),
    ] {
        console.keys(keys);
        assert_eq!(asked(&console), expected, "{keys:?}");
    }
    assert!(console.text().contains("a side is not compared with itself"));
    console.keys(&["b"]);
    assert!(
        console.text().contains("tab=diff&sides=rendered%2Clive")
            || console.text().contains("sides=rendered,live")
    );
}

#[test]
fn an_answer_to_another_question_does_not_count() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "d").keys(&["tab"]);
    let old = Question { pair: Pair::default(), ..Question::default() };
    let line = DiffLine { text: Clean::new("of before"), ..DiffLine::default() };
    console.send(Msg::Part(checkout(), PartUpdate::Diff(old, Ok(compared(vec![line])))));
    assert!(console.text().contains("reading"), "{}", console.text());
}

#[test]
fn order_and_white_space_count_when_they_are_asked_for() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "d").keys(&["o", "w"]);
    let Some(Effect::Compare(_, question)) = console.effects.last() else { panic!("it is asked") };
    assert!(question.in_order && question.ignore_blanks);
    console.keys(&["o"]);
    assert!(console.text().contains("the order of lists whose entries have names does not count"));
}

#[test]
fn an_object_is_folded_under_its_heading() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "d");
    assert!(console.text().contains("  replicas: 2"));
    console.keys(&["j", "j", "j", "z"]);
    let text = console.text();
    assert!(text.contains("Deployment checkout in stage-1  (folded)"), "{text}");
    assert!(!text.contains("image: shop/checkout"), "{text}");
    assert!(text.contains("replicas: 9"), "the other one is not");
    console.keys(&["z"]);
    assert!(console.text().contains("image: shop/checkout"));
}
