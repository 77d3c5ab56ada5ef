//! The filter and the order of rows: what is typed, what it offers, what is shown.

use mizzen::console::model::State;
use mizzen::console::model::detail::Node;
use mizzen::console::term::clean::Clean;
use mizzen::console::update::{Msg, PartUpdate};

use crate::palette::typed;
use crate::world::{Console, checkout};

const SIZE: (u16, u16) = (80, 24);

fn names(console: &Console) -> Vec<String> {
    let rows = mizzen::console::update::rows::rows(&console.model);
    rows.iter().enumerate().map(|(at, row)| row.id(at)).collect()
}

#[test]
fn rows_fit_what_is_typed() {
    for (text, expected) in [
        ("health:waiting", &["shop/checkout"][..]),
        ("health:held,degraded", &["shop/ledger", "shop/payments", "shop/search"]),
        ("cluster:prod-*", &["shop/payments"]),
        ("step:check", &["shop/checkout"]),
        ("owner:kubectl-scale", &["shop/well-07"]),
        ("age:<1m", &["shop/new-one"]),
        ("shop/chko", &["shop/checkout"]),
        ("kind:cluster", &[]),
        ("application", &[]),
        (
            "!well !re:^[gl] ns:shop",
            &["shop/checkout", "shop/new-one", "shop/payments", "shop/search"],
        ),
    ] {
        let mut console = Console::world(SIZE);
        console.keys(&["2", "/"]);
        typed(&mut console, text);
        let mut found = names(&console);
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_word_is_completed_from_what_is_there() {
    for (text, keys, expected) in [
        ("cl", 1, "cluster:"),
        ("cluster:prod-e", 1, "cluster:prod-eu-1"),
        ("x !heal", 1, "x !health:"),
        ("health:w", 1, "health:waiting"),
        ("health:ok,wa", 1, "health:ok,waiting"),
        ("nothing:", 1, "nothing:"),
    ] {
        let mut console = Console::world(SIZE);
        console.keys(&["2", "/"]);
        typed(&mut console, text);
        (0..keys).for_each(|_| drop(console.keys(&["tab"]).text()));
        assert_eq!(console.model.nav.place().query.text(), expected, "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_said_in_the_prompt() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "/"]);
    typed(&mut console, "helth:ok");
    assert!(console.text().contains("no field is called helth"), "{}", console.text());
    assert_eq!(names(&console).len(), 30);
}

/// What leads to a resource that is asked for stays in sight; an owner is whatever stands above.
#[test]
fn a_tree_keeps_what_leads_to_what_fits() {
    for (text, count) in
        [("kind:pod", 5), ("kind:pod health:degraded", 5), ("owner:checkout kind:container", 7)]
    {
        let mut console = Console::world(SIZE);
        console.open("checkout", "t").keys(&["/"]);
        typed(&mut console, text);
        assert!(names(&console).len() <= count, "{text}: {:?}", names(&console));
        assert!(console.text().contains("stage-1"), "{}", console.text());
        assert!(!console.text().contains("prod-us-1   "), "{}", console.text());
    }
}

#[test]
fn rows_stand_in_the_order_that_was_chosen() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "s"]);
    typed(&mut console, "health").keys(&["enter"]);
    assert_eq!(
        names(&console)[..4],
        ["shop/checkout", "shop/payments", "shop/search", "shop/well-07"].map(String::from)
    );
    assert!(console.text().contains("by health"));
    // It stays when the list is left and opened again.
    console.keys(&["1", "2"]);
    assert!(console.text().contains("by health"));
    console.keys(&["s"]);
    typed(&mut console, "comes").keys(&["enter"]);
    assert_eq!(names(&console)[0], "shop/checkout");
    assert!(!console.text().contains("by health"));
    console.open("checkout", "y").keys(&["s"]);
    assert!(console.model.picker.is_none());
}

/// A query over as many resources as a fleet has still answers, with every node counted.
#[test]
fn fifty_thousand_nodes_are_sifted() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t");
    let node = |number: usize| Node {
        id: format!("n{number}"),
        depth: usize::from(number > 0),
        cluster: "stage-1".into(),
        kind: Clean::new("Pod"),
        namespace: "shop".into(),
        component: Clean::default(),
        name: Clean::new(&format!("pod-{number:05}")),
        state: if number % 1_000 == 7 { State::Degraded } else { State::Healthy },
        text: Clean::new("Running, 0 restarts"),
    };
    let nodes = (0..50_000).map(node).collect();
    console.send(Msg::Part(checkout(), PartUpdate::Tree(Ok(nodes))));
    console.keys(&["/"]);
    typed(&mut console, "health:degraded 'pod-4");
    assert_eq!(names(&console).len(), 11);
}
