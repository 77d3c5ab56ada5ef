//! Golden screens: every view in every state and size is one text file under `snapshots/`.
//! `cargo xtask bless` writes them anew.

use std::path::PathBuf;

use mizzen::console::model::compare::Question;
use mizzen::console::model::fleet::Reach;
use mizzen::console::model::sheet::Verb;
use mizzen::console::term::clean::Clean;
use mizzen::console::update::{Msg, PartUpdate};

use crate::world::{Console, approval, checkout, clusters};

const SIZES: [(u16, u16); 3] = [(80, 24), (200, 50), (40, 10)];

fn check(view: &str, state: &str, prepare: impl Fn(&mut Console)) {
    for size in SIZES {
        let mut console = Console::world(size);
        prepare(&mut console);
        golden(&format!("{view}__{state}__{}x{}", size.0, size.1), &console.text());
    }
}

fn golden(name: &str, screen: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let path = folder.join(format!("{name}.txt"));
    if std::env::var_os("MIZZEN_BLESS").is_some() {
        std::fs::write(&path, screen).expect("snapshots can be written");
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(known, screen, "{name}: differs; `cargo xtask bless` writes it anew");
}

#[test]
fn lists() {
    check("inbox", "world", |_| {});
    check("apps", "world", |console| {
        console.keys(&["2"]);
    });
    check("apps", "filtered", |console| {
        console.keys(&["2", "/", "w", "e", "l", "l", "-", "1"]);
    });
    check("apps", "nothing-fits", |console| {
        console.keys(&["2", "/", "z", "z", "enter"]);
    });
    check("inbox", "resolved", |console| {
        console.keys(&["k"]);
        let mut object = crate::world::waiting();
        object["status"]["status"] = "running".into();
        object["status"]["workflow"]["steps"][1]["phase"] = "succeeded".into();
        let changed = vec![crate::world::app(&object)];
        console.send(Msg::Apps { changed, gone: vec![], complete: true });
    });
    check("inbox", "on-drift", |console| {
        console.keys(&["j", "j", "j", "j"]);
    });
    check("clusters", "world", |console| {
        console.keys(&["3"]);
    });
    check("help", "default", |console| {
        console.keys(&["?"]);
    });
    check("help", "scrolled", |console| {
        console.keys(&["?", "page-down", "page-down", "page-down"]);
    });
}

#[test]
fn journals() {
    check("journal", "loading", |console| {
        console.keys(&["@"]);
    });
    check("journal", "empty", |console| {
        console.keys(&["@"]);
        console.send(Msg::Journal(Vec::new()));
    });
    check("journal", "open", |console| {
        console.keys(&["@"]);
        console.send(Msg::Journal(crate::world::deeds()));
    });
}

#[test]
fn comparisons() {
    check("diff", "split", |console| {
        console.open("checkout", "d").keys(&["u", "n"]);
    });
    check("diff", "folded", |console| {
        console.open("checkout", "d").keys(&["j", "j", "z", "j", "j"]);
    });
    check("diff", "one-side", |console| {
        console.open("checkout", "d").keys(&["2"]);
    });
    check("diff", "revisions", |console| {
        console.open("checkout", "r").keys(&["j", "space", "k", "k", "d"]);
        let part = console.asked(crate::compare::between_revisions());
        console.send(Msg::Part(checkout(), part));
    });
    check("diff", "whole", |console| {
        console.open("checkout", "d").keys(&["m", "n", "n"]);
    });
}

#[test]
fn travels() {
    check("tree", "by-component", |console| {
        console.open("checkout", "t").keys(&["s", "c", "o", "m", "p", "enter"]);
    });
    check("tree", "by-health", |console| {
        console.open("checkout", "t").keys(&["s", "h", "e", "a", "enter"]);
    });
    check("bookmarks", "open", |console| {
        console.open("checkout", "d").keys(&["b", "2", "b", "'"]);
    });
    check("apps", "frozen", |console| {
        console.keys(&["2", "ctrl-f"]);
        console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    });
}

#[test]
fn several() {
    check("bulk", "marked", |console| {
        console.keys(&["1", "space", "space"]);
    });
    check("bulk", "planning", |console| {
        console.keys(&["2", "space", "space", "H"]);
    });
    check("bulk", "ready", crate::bulk::three);
    check("bulk", "refused", |console| {
        crate::bulk::three(console);
        let why = Clean::new("its workflow is over; there is nothing to hold");
        let key =
            mizzen::console::model::AppKey { namespace: "shop".into(), name: "ledger".into() };
        console.send(Msg::Planned(Verb::Hold, key, Err(why)));
    });
    check("gates", "open", |console| {
        crate::bulk::at_two_gates(console);
        console.keys(&["1", "A"]);
    });
}

#[test]
fn filters() {
    check("filter", "begun", |console| {
        console.keys(&["2", "/"]);
    });
    check("filter", "offered", |console| {
        console.keys(&["2", "/", "c", "l", "tab"]);
    });
    check("filter", "wrong", |console| {
        console.keys(&["2", "/", "x", "y", ":", "z"]);
    });
    check("sort", "open", |console| {
        console.keys(&["2", "s"]);
    });
    check("sort", "chosen", |console| {
        console.keys(&["2", "s", "h", "e", "a", "enter"]);
    });
}

#[test]
fn palette() {
    check("palette", "open", |console| {
        console.keys(&[":"]);
    });
    check("palette", "found", |console| {
        console.open("checkout", "t").keys(&[":", "c", "h", "e"]);
    });
    check("palette", "nothing", |console| {
        console.keys(&[":", "z", "z", "z"]);
    });
}

#[test]
fn any_object() {
    check("info", "of-a-pod", |console| {
        console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "j", "i"]);
        let object = console.model.nav.place().object.clone();
        let event = crate::world::parts().into_iter().find_map(|part| match part {
            PartUpdate::Events(Ok(events)) => Some(events),
            _ => None,
        });
        let events = event.unwrap_or_default();
        let facts = mizzen::console::effect::object::summary(
            &crate::objects::pod(),
            "stage-1",
            &events[..1],
        );
        console.send(Msg::Part(checkout(), PartUpdate::Info(object, Ok(facts))));
    });
    check("yaml", "with-servers-fields", |console| {
        console.open("checkout", "y").keys(&["m", "j", "j", "j"]);
    });
    check("yaml", "folded", |console| {
        console.open("checkout", "y").keys(&["j", "j", "h"]);
    });
    check("events", "of-an-object", |console| {
        console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "j", "e"]);
    });
}

#[test]
fn pulses() {
    check("pulse", "world", |console| {
        console.keys(&["p"]);
        for step in 1..60 {
            let now = crate::world::now() + jiff::SignedDuration::from_secs(60 + 10 * step);
            if step == 40 {
                let changed = vec![];
                let gone = vec![checkout()];
                console.send(Msg::Apps { changed, gone, complete: true });
            }
            console.send(Msg::Time(now));
        }
    });
    for size in SIZES {
        let mut console = Console::empty(size);
        console.keys(&["p"]);
        golden(&format!("pulse__connecting__{}x{}", size.0, size.1), &console.text());
    }
}

#[test]
fn containers_to_choose_from() {
    check("containers", "shell", |console| {
        console.open("checkout", "t").keys(&["!"]);
    });
    check("containers", "logs", |console| {
        console.open("checkout", "o").keys(&["c"]);
    });
    check("containers", "reading", |console| {
        console.keys(&["2", "/", "c", "h", "e", "c", "k", "o", "enter", "!"]);
    });
}

#[test]
fn an_empty_console_says_what_it_waits_for() {
    for size in SIZES {
        let console = Console::empty(size);
        golden(&format!("inbox__connecting__{}x{}", size.0, size.1), &console.text());
    }
    check("inbox", "hub-gone", |console| {
        console.model.fleet = Default::default();
        console.send(Msg::HubError(Clean::new("connection refused (127.0.0.1:6443)")));
    });
    check("inbox", "stale", |console| {
        console.send(Msg::HubError(Clean::new("connection refused (127.0.0.1:6443)")));
    });
    check("inbox", "quiet", |console| {
        console.model.fleet.apps.clear();
        let mut all = clusters();
        all.iter_mut().for_each(|cluster| cluster.reach = Reach::Up);
        console.send(Msg::Clusters(all));
    });
    for size in SIZES {
        let mut console = Console::empty(size);
        console.send(Msg::Apps { changed: vec![], gone: vec![], complete: true });
        let why =
            "deployments.apps is forbidden: User \"alice\" cannot list resource at cluster scope";
        console.send(Msg::Unwatched([("stage-1".to_owned(), Clean::new(why))].into()));
        golden(&format!("inbox__drift-unwatched__{}x{}", size.0, size.1), &console.text());
    }
    check("clusters", "all-down", |console| {
        let mut all = clusters();
        all.iter_mut().for_each(|cluster| cluster.reach = Reach::Down);
        console.send(Msg::Clusters(all));
        console.keys(&["3"]);
    });
}

#[test]
fn sides_of_an_application() {
    for (name, key) in [
        ("tree", "t"),
        ("workflow", "w"),
        ("diff", "d"),
        ("revisions", "r"),
        ("info", "i"),
        ("yaml", "y"),
        ("events", "e"),
        ("logs", "o"),
    ] {
        check(name, "open", |console| {
            console.open("checkout", key);
        });
    }
    states_of_sides();
    check("tree", "trouble", |console| {
        console.open("checkout", "t").keys(&["x"]);
    });
    check("tree", "folded", |console| {
        console.open("checkout", "t").keys(&["G", "h", "h"]);
    });
    check("tree", "pod-gone", |console| {
        console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "j", "j"]);
        let Some(PartUpdate::Tree(Ok(mut nodes))) = crate::world::parts().into_iter().next() else {
            return;
        };
        nodes.retain(|node| !node.id.contains("zk4qp"));
        console.send(Msg::Part(checkout(), PartUpdate::Tree(Ok(nodes))));
    });
    check("tree", "refused", |console| {
        console.open("checkout", "t");
        let why =
            Clean::new("resourcetrackers is forbidden: alice cannot list it at cluster scope");
        console.send(Msg::Part(checkout(), PartUpdate::Tree(Err(why))));
    });
    check("logs", "wrapped", |console| {
        console.open("checkout", "o").keys(&["w", "t", "p"]);
        let text = "connection to 10.2.0.7:5432 refused, trying again; ".repeat(6);
        let mut lines: Vec<_> =
            (1..30).map(|n| crate::world::log(n, 60 - n as i64, "web", "ok")).collect();
        lines.push(crate::world::log(40, 2, "web", &text));
        console.send(Msg::Part(
            checkout(),
            console.asked(PartUpdate::Logs(0, Ok(crate::world::batch(lines)))),
        ));
    });
    check("logs", "of-a-pod", |console| {
        console.open("checkout", "t").keys(&["j", "j", "j", "j", "j", "o"]);
        console.send(Msg::Part(
            checkout(),
            console.asked(PartUpdate::Logs(0, Ok(crate::world::batch(Vec::new())))),
        ));
    });
    check("workflow", "failed", |console| {
        console.open("search", "w");
    });
    check("workflow", "gone", |console| {
        console.open("checkout", "w");
        console.send(Msg::Apps { changed: vec![], gone: vec![checkout()], complete: true });
    });
}

/// Every side while it is read, when there is nothing, when the person may not look, and when what is
/// shown is of before.
fn states_of_sides() {
    let why = || {
        Clean::new("forbidden: User \"alice\" cannot list resource \"pods\" in namespace \"shop\"")
    };
    let silent = || Clean::new("Connection refused (os error 111)");
    let failed = |why: fn() -> Clean, key: &str| match key {
        "t" => PartUpdate::Tree(Err(why())),
        "d" => PartUpdate::Diff(Question::default(), Err(why())),
        "r" => PartUpdate::Revisions(Err(why())),
        "y" => PartUpdate::Yaml(None, Err(why())),
        "i" => PartUpdate::Info(None, Err(why())),
        "e" => PartUpdate::Events(Err(why())),
        _ => PartUpdate::Logs(0, Err(why())),
    };
    let empty = |key: &str| match key {
        "t" => PartUpdate::Tree(Ok(Vec::new())),
        "d" => PartUpdate::Diff(Question::default(), Ok(crate::world::compared(Vec::new()))),
        "r" => PartUpdate::Revisions(Ok(Vec::new())),
        "y" => PartUpdate::Yaml(None, Ok(Vec::new())),
        "i" => PartUpdate::Info(None, Ok(Vec::new())),
        "e" => PartUpdate::Events(Ok(Vec::new())),
        _ => PartUpdate::Logs(0, Ok(crate::world::batch(Vec::new()))),
    };
    for (name, key) in [
        ("tree", "t"),
        ("diff", "d"),
        ("revisions", "r"),
        ("info", "i"),
        ("yaml", "y"),
        ("events", "e"),
        ("logs", "o"),
    ] {
        let bare = |console: &mut Console| {
            console.keys(&["2", "/", "c", "h", "e", "c", "k", "o", "enter", key]);
        };
        check(name, "loading", bare);
        check(name, "empty", |console| {
            bare(console);
            let part = console.asked(empty(key));
            console.send(Msg::Part(checkout(), part));
        });
        check(name, "no-permission", |console| {
            bare(console);
            let part = console.asked(failed(why, key));
            console.send(Msg::Part(checkout(), part));
        });
        check(name, "stale", |console| {
            console.open("checkout", key);
            let part = console.asked(failed(silent, key));
            console.send(Msg::Part(checkout(), part));
        });
    }
}

#[test]
fn sheets() {
    check("sheet", "planning", |console| {
        console.open("checkout", "w").keys(&["A"]);
    });
    check("sheet", "approve", approval);
    check("sheet", "approve-reason", |console| {
        approval(console);
        console.keys(&["tab", "o", "k", "space", "b", "y", "space", "m", "e", "tab"]);
    });
    check("sheet", "refused", |console| {
        console.open("checkout", "w").keys(&["A"]);
        let why = Clean::new("the run waits at no gate any more");
        console.send(Msg::Planned(Verb::Approve, checkout(), Err(why)));
    });
    check("sheet", "moved", |console| {
        approval(console);
        let mut app = crate::world::waiting();
        app["status"]["latestRevision"]["name"] = "checkout-v5".into();
        let changed = vec![crate::world::app(&app)];
        console.send(Msg::Apps { changed, gone: vec![], complete: true });
    });
    check("sheet", "roll-back", |console| {
        console.open("checkout", "r").keys(&["R"]);
        let mut plan = crate::world::plan(2);
        plan.headline = Clean::new("Roll shop/checkout back to checkout-v3 (release-2.0).");
        plan.consequences =
            vec![Clean::new("Revision checkout-v4 is deleted: it never succeeded.")];
        console.send(Msg::Planned(Verb::RollBack, checkout(), Ok(plan)));
    });
    check("sheet", "locked", |console| {
        let mut app = crate::world::waiting();
        app["status"]["services"][0]["cluster"] = "prod-eu-1".into();
        let changed = vec![crate::world::app(&app)];
        console.send(Msg::Apps { changed, gone: vec![], complete: true });
        console.open("checkout", "w").keys(&["A"]);
    });
}
