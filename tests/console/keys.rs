//! What keys do: scripts of messages, checked by what the model and the effects are afterwards.

use mizzen::console::effect::object::summary;
use mizzen::console::model::AppKey;
use mizzen::console::model::action::RECORDS;
use mizzen::console::model::keymap::Keymap;
use mizzen::console::model::logs::{Ask, Window};
use mizzen::console::model::nav::Tab;
use mizzen::console::model::object::ObjectRef;
use mizzen::console::model::sheet::{Stage, Verb};
use mizzen::console::term::clean::Clean;
use mizzen::console::term::input::Input;
use mizzen::console::update::{Effect, Msg, PartUpdate};

use crate::world::{Console, app, approval, checkout, deeds, plan, waiting};

const SIZE: (u16, u16) = (80, 24);

fn runs(console: &Console) -> usize {
    console.effects.iter().filter(|effect| matches!(effect, Effect::Run(..))).count()
}

#[test]
fn the_cursor_stays_on_its_row_when_the_list_changes() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "j", "j"]);
    let before = console.model.nav.place().selected.clone();
    let gone = vec![checkout()];
    console.send(Msg::Apps { changed: vec![], gone, complete: true });
    assert_eq!(console.model.nav.place().selected, before);
}

/// A row that vanishes leaves a tombstone under the cursor, on which no key acts; the row that moved to
/// its place on the screen is not acted on either.
#[test]
fn no_key_acts_on_another_row_than_the_one_that_was_looked_at() {
    for view in ["1", "2"] {
        for key in ["enter", "A", "H", "R", "E", "T", "D", "w", "t", "d", "y", "e", "o", "r"] {
            let mut console = Console::world(SIZE);
            console.keys(&[view]);
            console.keys(&["j", "k"]);
            let screen = console.text();
            assert!(screen.lines().any(|line| line.starts_with('▌') && line.contains("checkout")));
            console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
            let gone = |line: &str| line.starts_with("▌ × gone     shop/checkout");
            assert!(console.text().lines().any(gone), "{}", console.text());
            console.effects.clear();
            console.keys(&[key]);
            assert!(console.effects.is_empty(), "{key} in {view}: {:?}", console.effects);
            assert!(console.model.sheet.is_none() && console.model.nav.app().is_none());
        }
    }
}

/// A cursor that nobody moved rests at the first row; a key acts on the row that was on the screen.
#[test]
fn a_row_that_comes_under_a_resting_cursor_is_not_acted_on_at_once() {
    let gone = || Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true };
    let press = |console: &mut Console, millis: i64| {
        let later = console.model.now + jiff::SignedDuration::from_millis(millis);
        console.send(Msg::Input(Input::Key("enter".into()), later));
        console.model.nav.app().map(|(key, _)| key.name.clone())
    };
    let mut console = Console::world(SIZE);
    console.unseen(gone());
    assert_eq!(press(&mut console, 900), None, "what was on the screen is gone");
    assert!(console.text().contains("▌ × gone     shop/checkout"), "{}", console.text());

    let mut console = Console::world(SIZE);
    console.send(gone());
    assert_eq!(press(&mut console, 10), None, "it may have meant the row before");
    assert_eq!(press(&mut console, 10).as_deref(), Some("payments"));

    let mut console = Console::world(SIZE);
    console.send(gone());
    assert_eq!(press(&mut console, 600).as_deref(), Some("payments"));
}

#[test]
fn a_tombstone_goes_when_the_cursor_leaves_it() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "j"]);
    let gateway = AppKey { namespace: "shop".into(), name: "gateway".into() };
    console.send(Msg::Apps { changed: vec![], gone: vec![gateway], complete: true });
    console.keys(&["j"]);
    let screen = console.text();
    assert!(!screen.contains("gateway"), "{screen}");
    assert!(
        screen.lines().any(|line| line.starts_with('▌') && line.contains("ledger")),
        "{screen}"
    );
    console.keys(&["k"]);
    assert!(console.text().lines().any(|l| l.starts_with('▌') && l.contains("checkout")));
}

#[test]
fn a_row_that_comes_back_is_the_row_again() {
    let mut console = Console::world(SIZE);
    console.keys(&["1", "k"]);
    console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    console.send(Msg::Apps { changed: vec![app(&waiting())], gone: vec![], complete: true });
    console.keys(&["A"]);
    assert_eq!(console.model.sheet.as_ref().map(|sheet| &sheet.targets[0].key), Some(&checkout()));
}

#[test]
fn what_comes_before_the_cursor_does_not_move_it() {
    let mut console = Console::world(SIZE);
    console.keys(&["1", "j"]);
    let before = console.model.nav.place().selected.clone();
    let mut more = waiting();
    more["metadata"]["name"] = "another".into();
    console.send(Msg::Apps { changed: vec![app(&more)], gone: vec![], complete: true });
    assert_eq!(console.model.nav.place().selected, before);
    assert!(console.text().lines().any(|l| l.starts_with('▌') && l.contains("payments")));
}

#[test]
fn a_filter_that_a_person_types_moves_the_cursor_to_what_fits() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "/", "h", "e", "l", "d"]);
    assert!(console.text().lines().any(|l| l.starts_with('▌') && l.contains("ledger")));
    assert!(!console.text().contains("gone"));
}

#[test]
fn drift_leads_to_its_difference_and_to_its_repair() {
    let mut console = Console::world(SIZE);
    console.keys(&["/", "d", "r", "i", "f", "t", "enter", "enter"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Diff)));
    console.keys(&["esc", "D"]);
    let asked = console.effects.iter().rev().find(|e| matches!(e, Effect::Plan(..)));
    assert_eq!(asked, Some(&Effect::Plan(Verb::Repair, checkout(), None)));
}

#[test]
fn no_single_key_changes_a_cluster() {
    for view in ["1", "2", "3", "t", "w", "d", "r", "y", "e", "o"] {
        for code in 0x20..0x7f_u8 {
            let key = if code == 0x20 { "space".to_owned() } else { char::from(code).to_string() };
            let mut console = Console::world(SIZE);
            console.open("checkout", "t").keys(&[view]);
            console.effects.clear();
            console.keys(&[&key]);
            assert_eq!(runs(&console), 0, "{key} in {view}");
        }
    }
}

#[test]
fn an_approval_takes_a_plan_a_reason_and_the_focus() {
    let mut console = Console::world(SIZE);
    approval(&mut console);
    console.keys(&["enter"]);
    assert_eq!(runs(&console), 0, "cancel has the focus");
    assert!(console.model.sheet.is_none());

    approval(&mut console);
    console.keys(&["tab", "tab", "enter"]);
    assert_eq!(runs(&console), 0, "a reason is asked for");

    console.keys(&["tab", "tab", "o", "k", "tab", "enter"]);
    assert_eq!(console.effects.last(), Some(&Effect::Run(1, "ok".into())));
}

#[test]
fn keys_typed_ahead_do_not_reach_a_sheet() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "w").keys(&["A"]);
    console.send(Msg::Planned(Verb::Approve, checkout(), Ok(plan(1))));
    let at_once = console.model.now;
    for key in ["tab", "x", "tab", "enter"] {
        console.send(Msg::Input(Input::Key(key.into()), at_once));
    }
    assert_eq!(runs(&console), 0);
    assert!(console.model.sheet.as_ref().is_some_and(|sheet| sheet.reason.is_empty()));
}

#[test]
fn a_world_that_moves_stops_the_commit() {
    let mut console = Console::world(SIZE);
    approval(&mut console);
    console.keys(&["tab", "o", "k", "tab"]);
    let mut object = waiting();
    object["status"]["latestRevision"]["name"] = "checkout-v5".into();
    console.send(Msg::Apps { changed: vec![app(&object)], gone: vec![], complete: true });
    let at_once = console.model.now;
    console.send(Msg::Input(Input::Key("enter".into()), at_once));
    assert_eq!(runs(&console), 0);
    assert!(console.effects.iter().filter(|e| matches!(e, Effect::Plan(..))).count() >= 2);
}

#[test]
fn a_refusal_is_shown_and_never_retried() {
    let mut console = Console::world(SIZE);
    approval(&mut console);
    console.keys(&["tab", "o", "k", "tab", "enter"]);
    console.send(Msg::Ran(1, Err(Clean::new("the object has been modified"))));
    assert_eq!(runs(&console), 1);
    let stage = console.model.sheet.as_ref().map(|sheet| &sheet.targets[0].stage);
    assert!(matches!(stage, Some(Stage::Refused(_))), "{stage:?}");
}

fn asked(console: &Console) -> Ask {
    let mut asks = console.effects.iter().filter_map(|effect| match effect {
        Effect::Logs(_, ask) => Some(ask.clone()),
        _ => None,
    });
    asks.next_back().unwrap_or_default()
}

/// Logs are those of what the cursor was on in the tree, and the way back leads there.
#[test]
fn logs_of_a_container_and_back() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "o"]);
    let scope = asked(&console).scope.expect("it is about a container");
    assert_eq!(scope.container.as_deref(), Some("checkout"));
    assert_eq!((scope.kind.as_str(), scope.name.as_str()), ("Pod", "checkout-6c9f84b7d-x2x9k"));
    console.keys(&["esc"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Tree)));
    assert_eq!(console.effects.last(), Some(&Effect::Show(checkout(), Tab::Tree)));
    assert!(console.text().lines().any(|l| l.starts_with('▌') && l.contains("container checkout")));
}

/// A shell is a sheet like any other: bound to the cluster's lock, with a code where that is production.
#[test]
fn a_shell_is_opened_by_its_sheet_alone() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "!"]);
    let subject = "stage-1 shop checkout-6c9f84b7d-x2x9k".to_owned();
    let asked = Effect::Plan(Verb::Exec, checkout(), Some(subject));
    assert_eq!(console.effects.last(), Some(&asked));
    console.send(Msg::Planned(Verb::Exec, checkout(), Ok(plan(5))));
    console.keys(&["tab", "o", "k", "tab", "enter"]);
    assert_eq!(console.effects.last(), Some(&Effect::Exec(5, "ok".into())));
    assert_eq!(runs(&console), 0);

    let mut console = Console::world(SIZE);
    console.model.production = vec!["stage-*".into()];
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "!"]);
    assert!(console.model.sheet.is_none() && console.text().contains("locked: stage-1"));
    console.keys(&["ctrl-x", "!"]);
    assert!(console.model.sheet.as_ref().is_some_and(|sheet| sheet.code.is_some()));
    let mut console = Console::world(SIZE);
    console.model.read_only = true;
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "!"]);
    assert!(console.model.sheet.is_none() && console.text().contains("no shell is opened"));
}

/// A filter goes to the nodes when it is typed to its end; a late answer to another question is none.
#[test]
fn a_filter_of_logs_reads_them_anew() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "o").keys(&["/", "p", "a", "n"]);
    let before = asked(&console);
    assert_eq!(before.filter, "", "it is still being typed");
    console.keys(&["enter"]);
    let now = asked(&console);
    assert_eq!((now.filter.as_str(), now.generation), ("pan", before.generation + 1));
    for part in crate::world::parts() {
        let late = PartUpdate::Logs(before.generation, Ok(crate::world::batch(Vec::new())));
        if matches!(part, PartUpdate::Logs(..)) {
            console.send(Msg::Part(checkout(), late));
        }
    }
    assert!(console.text().contains("reading"), "{}", console.text());
    console.keys(&["s", "p"]);
    assert_eq!((asked(&console).window, asked(&console).previous), (Window::Seconds(60), true));
    console.keys(&["esc"]);
    assert_eq!(asked(&console).filter, "");
}

#[test]
fn hard_verbs_ask_for_the_code() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "r").keys(&["R"]);
    console.send(Msg::Planned(Verb::RollBack, checkout(), Ok(plan(3))));
    console.keys(&["tab", "x", "tab", "tab", "enter"]);
    assert_eq!(runs(&console), 0);
    let code = console.model.sheet.as_ref().and_then(|sheet| sheet.code.clone());
    let code: Vec<String> = code.unwrap_or_default().chars().map(String::from).collect();
    let code: Vec<&str> = code.iter().map(String::as_str).collect();
    console.keys(&["tab", "tab", "tab"]).keys(&code).keys(&["tab", "enter"]);
    assert_eq!(runs(&console), 1);
}

#[test]
fn production_is_locked_until_armed() {
    let mut console = Console::world(SIZE);
    let mut object = waiting();
    object["status"]["services"][0]["cluster"] = "prod-eu-1".into();
    console.send(Msg::Apps { changed: vec![app(&object)], gone: vec![], complete: true });
    for (_, name, _) in RECORDS.iter().filter(|(_, _, help)| help.starts_with("sheet")) {
        let keymap = Keymap::built_in("default").expect("the default keymap is valid");
        let action = mizzen::console::model::Action::named(name).expect("a record names an action");
        let key = keymap.keys(action)[0].to_owned();
        console.open("checkout", "w").keys(&[&key]);
        assert!(console.model.sheet.is_none(), "{name} opened a sheet while locked");
    }
    console.keys(&["ctrl-x", "A"]);
    assert!(console.model.sheet.is_some());
}

#[test]
fn read_only_cannot_be_armed() {
    let mut console = Console::world(SIZE);
    console.model.read_only = true;
    console.open("checkout", "w").keys(&["ctrl-x", "A"]);
    assert!(console.model.sheet.is_none() && console.model.armed.is_none());
}

#[test]
fn pastes_go_into_fields_only() {
    let mut console = Console::world(SIZE);
    console.send(Msg::Input(Input::Paste("A\rq\r".into()), console.model.now));
    assert!(console.model.sheet.is_none());
    console.keys(&["2", "/"]);
    console.send(Msg::Input(Input::Paste("che\x1b[A".into()), console.model.now));
    assert_eq!(console.model.nav.place().query.text(), "che[A");
}

#[test]
fn escape_goes_one_level_back_and_never_ends() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["esc", "esc", "esc", "esc", "esc"]);
    assert!(!console.effects.contains(&Effect::Quit));
    assert!(console.model.nav.app().is_none());
}

#[test]
fn a_difference_is_walked_and_written_out() {
    let mut console = Console::world((120, 40));
    console.open("checkout", "d").keys(&["n"]);
    let at = |console: &Console| console.model.nav.place().selected.clone();
    assert_eq!(at(&console).as_deref(), Some("3"));
    console.keys(&["n"]);
    assert_eq!(at(&console).as_deref(), Some("9"));
    console.keys(&["N", "u"]);
    assert!(console.text().contains("replicas: 2"));
    console.keys(&["p"]);
    let file = Effect::Write("shop-checkout.patch".into(), "--- a\n+++ b\n".into());
    assert_eq!(console.effects.last(), Some(&file));
}

#[test]
fn a_failed_step_runs_again_by_itself() {
    let mut console = Console::world(SIZE);
    console.open("search", "w").keys(&["E"]);
    let search = AppKey { namespace: "shop".into(), name: "search".into() };
    let step = Effect::Plan(Verb::ReRun, search.clone(), Some("canary".into()));
    assert_eq!(console.effects.last(), Some(&step));
    console.keys(&["esc", "j", "E"]);
    assert_eq!(console.effects.last(), Some(&Effect::Plan(Verb::ReRun, search, None)));
}

#[test]
fn the_last_change_is_undone_where_something_undoes_it() {
    let mut console = Console::world(SIZE);
    console.keys(&["Z"]);
    assert!(console.text().contains("nothing was changed from here yet"));
    for (key, verb, expected) in [
        ("H", Verb::Hold, Ok(Effect::Plan(Verb::Approve, checkout(), None))),
        ("T", Verb::Terminate, Err("no inverse of terminate of shop/checkout: the run is over")),
    ] {
        let mut console = Console::world(SIZE);
        console.open("checkout", "w").keys(&[key]);
        console.send(Msg::Planned(verb, checkout(), Ok(plan(1))));
        if let Some(sheet) = console.model.sheet.as_mut() {
            sheet.code = None;
        }
        console.keys(&["tab", "o", "k", "tab", "enter"]);
        console.send(Msg::Ran(1, Ok(Clean::new("done"))));
        console.keys(&["Z"]);
        match expected {
            Ok(effect) => assert_eq!(console.effects.last(), Some(&effect)),
            Err(text) => assert!(console.text().contains(text), "{}", console.text()),
        }
    }
}

#[test]
fn what_was_changed_is_told() {
    let mut console = Console::world(SIZE);
    console.keys(&["@"]);
    assert_eq!(console.effects.last(), Some(&Effect::Journal));
    console.send(Msg::Journal(deeds()));
    assert!(console.text().contains("hub-eu/shop/ledger"), "{}", console.text());
    console.keys(&["/", "r", "e", "f", "u", "s", "e"]);
    assert!(!console.text().contains("shop/ledger"), "{}", console.text());
}

/// Where the cursor is on no container, one is chosen; its sheet is the same.
#[test]
fn a_container_is_chosen_where_none_is_under_the_cursor() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "/", "c", "h", "e", "c", "k", "o", "enter", "!"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Tree)));
    assert!(console.text().contains("shell in: ") && console.text().contains("reading"));
    for part in crate::world::parts().into_iter().take(1) {
        console.send(Msg::Part(checkout(), part));
    }
    assert!(console.text().contains("checkout-6c9f84b7d-x2x9k/checkout"), "{}", console.text());
    console.keys(&["down", "enter"]);
    let subject = "stage-1 shop checkout-6c9f84b7d-zk4qp checkout".to_owned();
    let asked = Effect::Plan(Verb::Exec, checkout(), Some(subject));
    assert_eq!(console.effects.last(), Some(&asked));

    let mut console = Console::world(SIZE);
    console.model.production = vec!["stage-*".into()];
    console.open("checkout", "t").keys(&["g", "!", "enter"]);
    assert!(console.model.sheet.is_none() && console.text().contains("locked: stage-1"));
}

#[test]
fn logs_are_those_of_the_container_that_was_chosen() {
    let mut console = Console::world(SIZE);
    console.keys(&["2", "/", "c", "h", "e", "c", "k", "o", "enter", "o", "c"]);
    assert_eq!(console.effects.last(), Some(&Effect::Read(checkout())));
    for part in crate::world::parts().into_iter().take(1) {
        console.send(Msg::Part(checkout(), part));
    }
    console.keys(&["z", "k", "enter"]);
    let scope = asked(&console).scope.expect("one container");
    assert_eq!(scope.name, "checkout-6c9f84b7d-zk4qp");
    assert_eq!(scope.container.as_deref(), Some("checkout"));
    console.keys(&["c", "enter"]);
    assert_eq!(asked(&console).scope, None, "the first entry is all of them");
}

/// In the tree, the summary and the lines are those of what the cursor is on, and one comes back to it.
#[test]
fn any_object_of_the_tree_is_looked_at() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "i"]);
    let object = ObjectRef::parse("stage-1/Pod/shop/checkout-6c9f84b7d-x2x9k");
    let asked = |tab| Effect::Object(checkout(), tab, object.clone().expect("an object"));
    assert_eq!(console.effects.last(), Some(&asked(Tab::Info)), "a container is its pod's");
    let late = PartUpdate::Info(None, Ok(vec![]));
    console.send(Msg::Part(checkout(), late));
    assert!(console.text().contains("reading"), "what is of another object is not shown");
    let facts = summary(&crate::objects::pod(), "stage-1", &[]);
    console.send(Msg::Part(checkout(), PartUpdate::Info(object.clone(), Ok(facts))));
    assert!(console.text().contains("CrashLoopBackOff"), "{}", console.text());
    console.keys(&["y"]);
    assert_eq!(console.effects.last(), Some(&asked(Tab::Yaml)), "of the same object");
    console.keys(&["#"]);
    let address =
        "hub-eu/shop/checkout?tab=yaml&of=stage-1%2FPod%2Fshop%2Fcheckout-6c9f84b7d-x2x9k";
    assert_eq!(console.effects.last(), Some(&Effect::Copy(address.to_owned())));
    console.keys(&["esc"]);
    assert_eq!(console.model.nav.app(), Some((&checkout(), Tab::Tree)));
    console.keys(&["g", "i"]);
    assert_eq!(
        console.effects.last(),
        Some(&Effect::Show(checkout(), Tab::Info)),
        "a heading has none"
    );
}

#[test]
fn what_only_servers_write_is_folded_until_it_is_asked_for() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "y");
    assert!(console.text().contains("managedFields: … "), "{}", console.text());
    assert!(!console.text().contains("fieldsV1"));
    console.keys(&["m"]);
    assert!(console.text().contains("fieldsV1"), "{}", console.text());
    console.keys(&["G"]);
    assert!(!console.text().contains("lines folded"), "{}", console.text());
    console.keys(&["m", "g", "j", "j"]);
    let before = console.text();
    assert!(before.lines().any(|line| line.starts_with("▌ metadata:")), "{before}");
    console.keys(&["h"]);
    assert!(
        console.text().contains("metadata: … ") && !console.text().contains("name: checkout\n")
    );
    console.keys(&["l"]);
    assert_eq!(console.text(), before);
    console.keys(&["l", "h"]);
    assert!(console.text().lines().any(|line| line.starts_with("▌ metadata:")), "to what is above");
    console.keys(&["/", "m", "a", "n", "a", "g", "e", "r", "enter"]);
    assert!(console.text().contains("- manager:"), "a query looks below folds: {}", console.text());
}

#[test]
fn events_of_an_object_are_found_by_a_filter_that_is_seen() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "j", "e"]);
    assert!(console.text().contains("/'checkout-6c9f84b7d-zk4qp  1 of 2"), "{}", console.text());
    console.keys(&["esc"]);
    assert!(console.text().contains("Deployed"), "{}", console.text());
}

#[test]
fn lines_around_what_fits_are_asked_of_the_nodes() {
    let mut console = Console::world(SIZE);
    console.open("checkout", "o").keys(&["/", "p", "a", "n", "enter"]);
    let contexts: Vec<usize> = (0..4)
        .map(|_| {
            console.keys(&["+"]);
            asked(&console).context
        })
        .collect();
    assert_eq!(contexts, [2, 5, 20, 0]);
    assert_eq!(asked(&console).filter, "pan");
}

#[test]
fn numbers_lead_to_what_they_count() {
    let mut console = Console::world(SIZE);
    console.keys(&["p"]);
    assert!(console.effects.contains(&Effect::Probe));
    console.keys(&["j", "j", "enter"]);
    assert!(console.text().contains("/cluster:prod-eu-1"), "{}", console.text());
    console.keys(&["p", "enter"]);
    assert!(console.text().contains("[inbox]"));
}
