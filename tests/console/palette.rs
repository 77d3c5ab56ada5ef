//! The palette: what is found by a few letters, and what choosing it does.

use mizzen::console::model::View;
use mizzen::console::model::nav::Tab;
use mizzen::console::update::Effect;

use crate::world::{Console, checkout};

const SIZE: (u16, u16) = (80, 24);

pub(crate) fn typed<'a>(console: &'a mut Console, text: &str) -> &'a mut Console {
    let keys: Vec<String> =
        text.chars().map(|c| if c == ' ' { "space".into() } else { c.to_string() }).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    console.keys(&keys)
}

#[test]
fn what_is_named_is_gone_to() {
    let mut console = Console::world(SIZE);
    console.keys(&[":"]);
    typed(&mut console, "chko").keys(&["enter"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Tree)));
    assert!(console.effects.contains(&Effect::Show(checkout(), Tab::Tree)));

    console.keys(&[":"]);
    typed(&mut console, "prod-eu").keys(&["enter"]);
    assert_eq!(console.model.nav.place().view, View::Apps);
    assert!(console.effects.contains(&Effect::Leave));
    assert!(console.text().contains("shop/payments"), "{}", console.text());
}

#[test]
fn an_action_acts_on_the_row_that_was_under_the_cursor() {
    let mut console = Console::world(SIZE);
    console.keys(&["j", ":"]);
    typed(&mut console, "workflow").keys(&["enter"]);
    let shown = console.model.nav.app().map(|(key, tab)| (key.name.clone(), tab));
    assert_eq!(shown, Some(("payments".into(), Tab::Workflow)));
}

#[test]
fn what_has_no_name_is_said_to_have_none() {
    let mut console = Console::world(SIZE);
    console.keys(&[":"]);
    typed(&mut console, "zzzz");
    assert!(console.text().contains("no command, application, cluster or kind is called so"));
    console.keys(&["enter"]);
    assert!(console.text().contains("nothing is called zzzz"), "{}", console.text());
    console.keys(&["esc"]);
    assert!(console.model.picker.is_none());
}

/// What cannot be done says why, and is not done.
#[test]
fn what_cannot_be_done_now_says_why() {
    let mut console = Console::world(SIZE);
    console.model.read_only = true;
    console.keys(&[":"]);
    typed(&mut console, "approve");
    assert!(console.text().contains("not now: started with --read-only"), "{}", console.text());
    console.keys(&["enter"]);
    assert!(console.model.sheet.is_none());
}

#[test]
fn choices_are_called_back() {
    let mut console = Console::world(SIZE);
    console.keys(&[":"]);
    typed(&mut console, "clusters").keys(&["enter", ":", "up"]);
    assert_eq!(console.model.picker.as_ref().map(|picker| picker.text.as_str()), Some("clusters"));
}

#[test]
fn every_action_is_in_it() {
    let mut console = Console::world(SIZE);
    for (_, name, _) in mizzen::console::model::action::RECORDS {
        console.keys(&[":"]);
        typed(&mut console, name);
        let first = console.model.picker.as_ref().and_then(|picker| picker.found.first());
        assert_eq!(first.map(|entry| entry.name.as_str()), Some(*name));
        console.keys(&["esc"]);
    }
}
