//! Marks, and sheets about several applications: one plan each, one gesture, one after the other.

use mizzen::console::model::AppKey;
use mizzen::console::model::sheet::Verb;
use mizzen::console::term::clean::Clean;
use mizzen::console::update::{Effect, Msg};

use crate::world::{Console, app, checkout, plan, waiting};

const SIZE: (u16, u16) = (80, 24);

fn key(name: &str) -> AppKey {
    AppKey { namespace: "shop".into(), name: name.into() }
}

fn runs(console: &Console) -> Vec<u64> {
    let number = |effect: &Effect| match effect {
        Effect::Run(number, _) => Some(*number),
        _ => None,
    };
    console.effects.iter().filter_map(number).collect()
}

/// Marks three applications of the list and asks to hold them.
pub(crate) fn three(console: &mut Console) {
    console.keys(&["2", "space", "space", "space", "H"]);
    for (number, name) in [(1, "checkout"), (2, "gateway"), (3, "ledger")] {
        let mut plan = plan(number);
        plan.headline = Clean::new(&format!("Hold shop/{name}: 1 write on the hub."));
        console.send(Msg::Planned(Verb::Hold, key(name), Ok(plan)));
    }
}

/// Fills in reason and code, and presses the verb.
fn commit(console: &mut Console) {
    let code = console.model.sheet.as_ref().and_then(|sheet| sheet.code.clone());
    console.keys(&["tab", "o", "k"]);
    if let Some(code) = code {
        let code: Vec<String> = code.chars().map(String::from).collect();
        let code: Vec<&str> = code.iter().map(String::as_str).collect();
        console.keys(&["tab"]).keys(&code);
    }
    console.keys(&["tab", "enter"]);
}

#[test]
fn several_are_changed_one_after_the_other() {
    let mut console = Console::world(SIZE);
    three(&mut console);
    assert!(console.text().contains("Hold 3 applications"), "{}", console.text());
    commit(&mut console);
    assert_eq!(runs(&console), [1], "the others wait for the first");
    console.send(Msg::Ran(1, Ok(Clean::new("held"))));
    console.send(Msg::Ran(2, Ok(Clean::new("held"))));
    assert_eq!(runs(&console), [1, 2, 3]);
    console.send(Msg::Ran(3, Ok(Clean::new("held"))));
    assert!(console.model.sheet.is_none());
    assert!(console.text().contains("written for 3 of 3 applications"), "{}", console.text());
    assert!(console.model.nav.place().marks.is_empty());
}

#[test]
fn a_refusal_stops_what_is_left_until_it_is_asked_for_again() {
    let mut console = Console::world(SIZE);
    three(&mut console);
    commit(&mut console);
    console.send(Msg::Ran(1, Err(Clean::new("the object has been modified"))));
    assert_eq!(runs(&console), [1]);
    let screen = console.text();
    assert!(screen.contains("refused: the object has been modified"), "{screen}");
    assert!(screen.contains("Hold 2"), "{screen}");
    // The reason is kept, the rest of the gesture is made again.
    console.keys(&["enter"]);
    assert!(console.model.sheet.is_none() && runs(&console) == [1]);
}

#[test]
fn what_reaches_several_clusters_asks_for_a_code() {
    let mut console = Console::world(SIZE);
    three(&mut console);
    assert!(console.model.sheet.as_ref().is_some_and(|sheet| sheet.code.is_some()));
    let mut console = Console::world(SIZE);
    console.keys(&["2", "H"]);
    assert!(console.model.sheet.as_ref().is_some_and(|sheet| sheet.code.is_none()));
}

#[test]
fn nothing_is_planned_while_one_of_them_is_locked() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "*"]);
    console.effects.clear();
    console.keys(&["H"]);
    assert!(console.model.sheet.is_none() && console.effects.is_empty());
    assert!(console.text().contains("locked: shop/payments"), "{}", console.text());
}

#[test]
fn marks_outlive_filters_and_orders_and_go_with_their_object() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "space", "space", "/", "z", "z", "enter"]);
    assert!(console.text().contains("2 marked"), "{}", console.text());
    console.keys(&["esc", "H"]);
    let plans = console.effects.iter().filter(|e| matches!(e, Effect::Plan(..))).count();
    assert_eq!(plans, 2);
    console.keys(&["esc"]);
    console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    assert!(console.text().contains("shop/checkout is gone, and its mark"), "{}", console.text());
    assert_eq!(console.model.nav.place().marks.len(), 1);
    console.keys(&["u"]);
    assert!(console.model.nav.place().marks.is_empty());
}

#[test]
fn a_range_is_marked_from_the_last_mark() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "space", "j", "j", "v"]);
    assert_eq!(console.model.nav.place().marks.len(), 4);
}

/// An application that waits at two gates.
fn two_gates() -> serde_json::Value {
    let mut object = waiting();
    let mut second = object["status"]["workflow"]["steps"][1].clone();
    second["name"] = "check-us".into();
    second["id"] = "id-check-us".into();
    let steps = object["status"]["workflow"]["steps"].as_array_mut().expect("steps");
    steps.push(second);
    object
}

pub(crate) fn at_two_gates(console: &mut Console) {
    console.send(Msg::Apps { changed: vec![app(&two_gates())], gone: vec![], complete: true });
}

#[test]
fn gates_are_chosen() {
    let mut console = Console::world(SIZE);
    at_two_gates(&mut console);
    console.keys(&["1", "A"]);
    assert!(console.text().contains("approve which gate"), "{}", console.text());
    console.keys(&["down", "down", "enter"]);
    let subject = Some("check-us".to_owned());
    assert_eq!(console.effects.last(), Some(&Effect::Plan(Verb::Approve, checkout(), subject)));

    let mut console = Console::world(SIZE);
    at_two_gates(&mut console);
    console.keys(&["1", "w", "j", "space", "space", "A"]);
    let subject = Some("check,check-us".to_owned());
    assert_eq!(console.effects.last(), Some(&Effect::Plan(Verb::Approve, checkout(), subject)));
}
