//! Getting about: history, addresses, bookmarks, the orders of the tree, and the frozen view.

use mizzen::console::model::View;
use mizzen::console::model::address::Address;
use mizzen::console::model::compare::{Pair, Question};
use mizzen::console::model::nav::Tab;
use mizzen::console::update::{Effect, Msg, travel};

use crate::palette::typed;
use crate::world::{Console, app, checkout, waiting};

const SIZE: (u16, u16) = (80, 24);

fn at(console: &Console) -> String {
    travel::here(&console.model).to_string()
}

#[test]
fn history_is_walked_with_cursor_and_query_as_they_were() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "/", "w", "e", "l", "l", "enter", "j", "j", "enter", "w", "1"]);
    assert!(at(&console).starts_with("hub-eu/inbox"));
    console.keys(&["["]);
    assert!(at(&console).starts_with("hub-eu/shop/well-02?tab=workflow"));
    let shown = console.model.nav.app().map(|(key, tab)| (key.clone(), tab));
    let (key, tab) = shown.expect("an application is open");
    assert_eq!(console.effects.last(), Some(&Effect::Show(key, tab)));
    console.keys(&["[", "["]);
    assert_eq!(at(&console), "hub-eu/applications?q=well&row=shop%2Fwell-02");
    assert_eq!(console.effects.last(), Some(&Effect::Leave));
    console.keys(&["]", "]", "]", "]"]);
    assert!(at(&console).starts_with("hub-eu/inbox"));
    assert!(console.text().contains("the history ends here"));
    console.keys(&["-"]);
    assert!(at(&console).starts_with("hub-eu/shop/well-02?tab=workflow"));
    console.keys(&["-"]);
    assert!(at(&console).starts_with("hub-eu/inbox"));
}

#[test]
fn an_address_is_gone_to() {
    let go = |text: &str| {
        let mut console = Console::world(SIZE);
        console.send(Msg::Go(Address::parse(text).expect("an address")));
        console
    };
    let console = go("hub-eu/stage-1/shop/checkout?tab=diff");
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Diff)));
    assert_eq!(console.effects.last(), Some(&Effect::Compare(checkout(), Question::default())));
    let console = go("hub-eu/shop/checkout?tab=diff&sides=applied,rendered");
    let pair = Pair::anew();
    let asked = Effect::Compare(checkout(), Question { pair, ..Question::default() });
    assert_eq!(console.effects.last(), Some(&asked));
    assert!(go("hub-eu/applications?q=health:held").text().contains("1 of 30"));
    let elsewhere = go("hub-us/shop/checkout");
    assert!(elsewhere.text().contains("on the hub hub-us, and this is hub-eu"));
    assert!(elsewhere.model.nav.app().is_none());
    // Pasted into the palette it is gone to as well.
    let mut console = Console::world(SIZE);
    console.keys(&[":"]);
    typed(&mut console, "hub-eu/shop/ledger?tab=workflow").keys(&["enter"]);
    assert_eq!(at(&console), "hub-eu/shop/ledger?tab=workflow");
}

#[test]
fn places_are_bookmarked() {
    let mut console = Console::world(SIZE);
    console.keys(&["'"]);
    assert!(console.text().contains("no place is bookmarked yet; b keeps one"));
    console.open("checkout", "d").keys(&["b"]);
    let kept = vec!["hub-eu/shop/checkout?tab=diff".to_owned()];
    assert_eq!(console.effects.last(), Some(&Effect::Bookmarks(kept)));
    console.keys(&["1", "'", "enter"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Diff)));
    console.keys(&["b"]);
    assert_eq!(console.effects.last(), Some(&Effect::Bookmarks(Vec::new())));
}

#[test]
fn a_frozen_view_stays_while_what_is_known_goes_on() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "ctrl-f"]);
    let before = console.text();
    console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    let shown = |text: &str| text.lines().skip(2).take(20).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shown(&console.text()), shown(&before));
    assert!(console.text().contains("FROZEN, 1 change since"), "{}", console.text());
    console.keys(&["ctrl-f"]);
    assert!(!console.model.fleet.apps.contains_key(&checkout()));
    // Going elsewhere shows what is known.
    console.keys(&["ctrl-f"]);
    console.send(Msg::Apps { changed: vec![app(&waiting())], gone: vec![], complete: true });
    console.keys(&["1"]);
    assert!(console.model.frozen.is_none() && console.model.fleet.apps.contains_key(&checkout()));
    assert_eq!(console.model.nav.place().view, View::Inbox);
}

/// An open sheet hears of what moved, although the view behind it is frozen.
#[test]
fn a_sheet_over_a_frozen_view_knows_what_moved() {
    let mut console = Console::world(SIZE);
    console.keys(&["ctrl-f"]);
    crate::world::approval(&mut console);
    console.keys(&["ctrl-f"]);
    console.effects.clear();
    let mut object = waiting();
    object["status"]["latestRevision"]["name"] = "checkout-v5".into();
    console.send(Msg::Apps { changed: vec![app(&object)], gone: vec![], complete: true });
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Plan(..))));
}

#[test]
fn a_tree_stands_in_the_order_that_was_chosen() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["s"]);
    typed(&mut console, "health").keys(&["enter"]);
    let text = console.text();
    assert!(text.contains("by health") && text.contains("▲ degraded"), "{text}");
    console.keys(&["s"]);
    typed(&mut console, "component").keys(&["enter"]);
    assert!(console.text().contains("component checkout"), "{}", console.text());
    console.keys(&["w", "t"]);
    assert!(console.text().contains("component checkout"), "it stays");
}
