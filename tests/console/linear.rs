//! The console as lines that are only added: each thing is said once, when it changes.

use mizzen::console::update::Msg;
use mizzen::console::view::linear::{Said, news, said};

use crate::world::{Console, checkout};

fn heard(console: &Console, before: &mut Said) -> Vec<String> {
    let now = said(&console.model);
    let lines = news(before, &now).iter().map(ToString::to_string).collect();
    *before = now;
    lines
}

#[test]
fn what_changed_is_said_and_nothing_else() {
    let mut console = Console::world((80, 24));
    let mut before = Said::new();
    assert_eq!(
        heard(&console, &mut before),
        [
            "hub-eu, inbox",
            "1 waiting, 2 degraded, 2 drift, 1 held",
            "1 of 7: waiting, shop/checkout: check waits for approval",
        ]
    );
    assert!(heard(&console, &mut before).is_empty());
    console.keys(&["j"]);
    let row = "2 of 7: degraded, shop/payments: payments in stage-1: Ready:1/3, CrashLoopBackOff in payments-6c9f-x2";
    assert_eq!(heard(&console, &mut before), [row]);
    console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    let told = heard(&console, &mut before);
    assert!(told.contains(&"2 degraded, 1 drift, 1 held".to_owned()), "{told:?}");
}

#[test]
fn a_sheet_is_said_line_by_line_and_its_focus_after_it() {
    let mut console = Console::world((80, 24));
    crate::world::approval(&mut console);
    let mut before = Said::new();
    let told = heard(&console, &mut before);
    assert!(told.iter().any(|line| line.starts_with("Approve step check")), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("on cancel"));
    console.keys(&["tab", "o", "k"]);
    assert_eq!(heard(&console, &mut before), ["why: ok"]);
    console.keys(&["tab"]);
    assert_eq!(heard(&console, &mut before), ["on approve, enter does it"]);
}
