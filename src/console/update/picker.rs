//! The palette: every action, application, cluster and kind by a few letters of its name.

use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::super::model::action::{Action, RECORDS};
use super::super::model::address::Address;
use super::super::model::app::Step;
use super::super::model::detail::Part;
use super::super::model::nav::{Tab, View};
use super::super::model::order::{ORDERS, Order, TREE_ORDERS, TreeOrder};
use super::super::model::picker::{Choice, Entry, MOST, Picker, Target};
use super::super::model::sheet::Verb;
use super::super::model::{AppKey, Model};
use super::key::act;
use super::rows::under_cursor;
use super::{Effect, containers, key, sheet, shell, travel, tree};
use crate::clean;
use crate::console::term::clean::Clean;

/// Opens the palette.
pub(super) fn open(model: &mut Model, choice: Choice) {
    if choice == Choice::Order && !model.nav.place().view.sorts() {
        model.notice = Some(Clean::own("these rows stand in the only order that makes sense"));
        return;
    }
    let choice = match choice {
        Choice::Order if travel::has_tree(model) => Choice::Tree,
        other => other,
    };
    if choice == Choice::Bookmark && model.bookmarks.is_empty() {
        let keys = model.keymap.keys(Action::Bookmark).join(" or ");
        model.notice = Some(Clean::new(&format!("no place is bookmarked yet; {keys} keeps one")));
        return;
    }
    model.picker = Some(Picker { choice, ..Picker::default() });
    find(model);
}

/// A key while the palette is in front.
pub(super) fn pressed(model: &mut Model, key: &str) -> Vec<Effect> {
    let page = model.page();
    let Some(picker) = model.picker.as_mut() else { return Vec::new() };
    let last = picker.found.len().saturating_sub(1);
    match key {
        "esc" | "ctrl-c" => model.picker = None,
        "enter" => return choose(model),
        "down" | "ctrl-n" => picker.at = (picker.at + 1).min(last),
        "up" if picker.at == 0 => recall(model),
        "up" | "ctrl-p" => picker.at = picker.at.saturating_sub(1),
        "page-down" => picker.at = (picker.at + page).min(last),
        "page-up" => picker.at = picker.at.saturating_sub(page),
        "tab" => complete(model),
        "backspace" if picker.text.is_empty() => model.picker = None,
        "ctrl-u" => typed(model, String::clear),
        "backspace" => typed(model, |text| {
            text.pop();
        }),
        "space" => typed(model, |text| text.push(' ')),
        key if key.chars().count() == 1 => typed(model, |text| text.push_str(key)),
        _ => {}
    }
    Vec::new()
}

/// A pasted text goes into the prompt.
pub(super) fn pasted(model: &mut Model, text: &str) -> bool {
    let open = model.picker.is_some();
    if open {
        typed(model, |prompt| prompt.push_str(text));
    }
    open
}

fn typed(model: &mut Model, change: impl FnOnce(&mut String)) {
    if let Some(picker) = model.picker.as_mut() {
        change(&mut picker.text);
        (picker.at, picker.recalled) = (0, None);
    }
    find(model);
}

/// The name under the cursor becomes what was typed.
fn complete(model: &mut Model) {
    if let Some(picker) = model.picker.as_mut()
        && let Some(entry) = picker.found.get(picker.at)
    {
        picker.text = entry.name.to_string();
        picker.at = 0;
    }
    find(model);
}

/// Above the first entry stands what was chosen before.
fn recall(model: &mut Model) {
    let Some(picker) = model.picker.as_mut() else { return };
    let back = picker.recalled.map_or(0, |back| back + 1);
    if let Some(name) = model.remembered.back(back) {
        name.clone_into(&mut picker.text);
        picker.recalled = Some(back);
        find(model);
    }
}

fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(picker) = &model.picker else { return Vec::new() };
    let Some(entry) = picker.found.get(picker.at).cloned() else {
        let text = clean!["nothing is called ", &Clean::new(&picker.text)];
        model.notice = Some(text);
        return Vec::new();
    };
    if let Some(why) = entry.unless {
        model.notice = Some(why);
        return Vec::new();
    }
    let choice = picker.choice;
    model.picker = None;
    if choice == Choice::Anything {
        model.remembered.push(entry.name.as_str());
    }
    match entry.target {
        Target::Order(order) => {
            model.nav.sort(order);
            Vec::new()
        }
        Target::Action(action) => act(model, action),
        Target::Tree(order) => {
            model.tree_order = order;
            if let Some(detail) = model.detail.as_mut() {
                tree::arrange(detail, order);
            }
            key::sift_rows(model);
            Vec::new()
        }
        Target::Go(address) => travel::go(model, *address),
        Target::Gate(app, step) => sheet::open_all(model, Verb::Approve, vec![(app, step)]),
        Target::Shell(cluster, subject) => shell::of(model, &cluster, subject),
        Target::Logs(scope) => containers::read(model, scope.map(|scope| *scope)),
        Target::App(app) => key::show(model, app, Tab::Tree, true),
        Target::Cluster(name) => {
            let effects = if model.nav.app().is_some() { vec![Effect::Leave] } else { vec![] };
            model.nav.home(View::Apps);
            key::ask(model, &format!("cluster:{name}"));
            effects
        }
        Target::Kind(kind) => {
            let app = model.nav.app().map(|(app, _)| app.clone());
            let effects = app.map(|app| key::show(model, app, Tab::Tree, false));
            key::ask(model, &format!("kind:{kind}"));
            effects.unwrap_or_default()
        }
    }
}

/// What is chosen from may have come only now.
pub(super) fn arrived(model: &mut Model) {
    let waits = |picker: &Picker| matches!(picker.choice, Choice::Shell | Choice::Logs);
    if model.picker.as_ref().is_some_and(waits) {
        find(model);
    }
}

/// Finds what fits what was typed, the best first.
pub(super) fn find(model: &mut Model) {
    let open = model.picker.as_ref();
    let Some((choice, text)) = open.map(|it| (it.choice, it.text.trim().to_owned())) else {
        return;
    };
    let entries = match choice {
        Choice::Anything => entries(model),
        Choice::Order => orders(model),
        Choice::Tree => tree_orders(model),
        Choice::Bookmark => bookmarks(model),
        Choice::Gate => gates(model),
        Choice::Shell | Choice::Logs => containers::entries(model, choice),
    };
    let (mut count, mut found) = ranked(entries, &text);
    // An address that was pasted is gone to, whatever else is called so.
    if choice == Choice::Anything
        && let Some(entry) = address_entry(&text, "address")
    {
        found.insert(0, entry);
        count += 1;
    }
    let reading = matches!(choice, Choice::Shell | Choice::Logs) && containers::reading(model);
    if let Some(picker) = model.picker.as_mut() {
        picker.reading = reading;
        picker.at = picker.at.min(found.len().saturating_sub(1));
        (picker.count, picker.found) = (count, found);
    }
}

fn ranked(entries: Vec<Entry>, text: &str) -> (usize, Vec<Entry>) {
    if text.is_empty() {
        let count = entries.len();
        return (count, entries.into_iter().take(MOST).collect());
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let name = entry.name.as_str();
            let score = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher)?;
            // A name in full is what was meant.
            let whole = if name.eq_ignore_ascii_case(text) { 1_000 } else { 0 };
            Some((score + whole, entry))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.width().cmp(&b.1.name.width())));
    let count = scored.len();
    (count, scored.into_iter().take(MOST).map(|(_, entry)| entry).collect())
}

/// Everything that can be chosen.
fn entries(model: &Model) -> Vec<Entry> {
    // What only moves the cursor is never looked for.
    let (moves, rest): (Vec<_>, Vec<_>) =
        RECORDS.iter().copied().partition(|(action, ..)| *action < Action::Open);
    let actions = rest.into_iter().chain(moves);
    let actions = actions.map(|(action, name, help)| action_entry(model, action, name, help));
    let clusters = model.fleet.clusters.values().map(|cluster| Entry {
        name: Clean::new(&cluster.name),
        what: "cluster",
        help: clean!["applications in it; ", cluster.state().word()],
        key: Clean::default(),
        unless: None,
        target: Target::Cluster(cluster.name.clone()),
    });
    let apps = model.fleet.apps.values().map(|app| Entry {
        name: Clean::new(&app.key.to_string()),
        what: "application",
        help: Clean::own(model.fleet.state(app).word()),
        key: Clean::default(),
        unless: None,
        target: Target::App(app.key.clone()),
    });
    actions.chain(clusters).chain(kinds(model)).chain(bookmarks(model)).chain(apps).collect()
}

/// The orders of a list.
fn orders(model: &Model) -> Vec<Entry> {
    let now = model.nav.place().order;
    let entry = |name: &'static str, help: &'static str, order: Option<Order>| Entry {
        name: Clean::own(name),
        what: if order == now { "now" } else { "" },
        help: Clean::own(help),
        key: Clean::default(),
        unless: None,
        target: Target::Order(order),
    };
    let own = entry("as it comes", "the order that the view has by itself", None);
    let others = ORDERS.iter().map(|(name, help, order)| entry(name, help, Some(*order)));
    std::iter::once(own).chain(others).collect()
}

/// The orders of a resource tree.
fn tree_orders(model: &Model) -> Vec<Entry> {
    let entry = |(name, help, order): &(&'static str, &'static str, TreeOrder)| Entry {
        name: Clean::own(name),
        what: if *order == model.tree_order { "now" } else { "" },
        help: Clean::own(help),
        key: Clean::default(),
        unless: None,
        target: Target::Tree(*order),
    };
    TREE_ORDERS.iter().map(entry).collect()
}

/// The addresses that are kept, the last one first.
fn bookmarks(model: &Model) -> Vec<Entry> {
    model.bookmarks.iter().rev().filter_map(|text| address_entry(text, "bookmark")).collect()
}

/// An address as an entry; nothing when it is none.
fn address_entry(text: &str, what: &'static str) -> Option<Entry> {
    let address = Address::parse(text).ok()?;
    Some(Entry {
        name: Clean::new(text),
        what,
        help: Clean::own(address.view.name()),
        key: Clean::default(),
        unless: None,
        target: Target::Go(Box::new(address)),
    })
}

/// The gates of the application that is to be approved.
fn gates(model: &Model) -> Vec<Entry> {
    let Some(app) = subject(model).and_then(|key| model.fleet.apps.get(&key)) else {
        return Vec::new();
    };
    let entry = |name: Clean, help: Clean, step: Option<String>| Entry {
        name,
        what: "",
        help,
        key: Clean::default(),
        unless: None,
        target: Target::Gate(app.key.clone(), step),
    };
    let all = clean!["all ", &Clean::number(app.gates().count() as u32)];
    let all = entry(all, Clean::own("every step that waits goes on"), None);
    let one = |step: &Step| {
        let (_, word) = step.told();
        let help = clean![&step.step_type, ", ", word, ": ", &step.message];
        entry(step.name.clone(), help, Some(step.name.to_string()))
    };
    std::iter::once(all).chain(app.gates().map(one)).collect()
}

/// The kinds of resources in the open application.
fn kinds(model: &Model) -> impl Iterator<Item = Entry> {
    let tree = model.detail.as_ref().map(|detail| &detail.tree);
    let nodes = match tree {
        Some(Part::Ready(nodes) | Part::Stale(nodes, _)) if model.nav.app().is_some() => &nodes[..],
        _ => &[],
    };
    let kinds: BTreeSet<&Clean> =
        nodes.iter().map(|node| &node.kind).filter(|kind| !kind.is_empty()).collect();
    let entry = |kind: &Clean| Entry {
        name: kind.clone(),
        what: "kind",
        help: Clean::own("the resources of this kind in the open application"),
        key: Clean::default(),
        unless: None,
        target: Target::Kind(kind.to_string()),
    };
    kinds.into_iter().map(entry).collect::<Vec<_>>().into_iter()
}

fn action_entry(model: &Model, action: Action, name: &str, help: &'static str) -> Entry {
    let key = model.keymap.keys(action).first().map(|key| Clean::new(key));
    Entry {
        name: Clean::new(name),
        what: "",
        help: Clean::own(help),
        key: key.unwrap_or_default(),
        unless: unless(model, action),
        target: Target::Action(action),
    }
}

/// Why an action can do nothing here; nothing when it can.
#[must_use]
pub fn unless(model: &Model, action: Action) -> Option<Clean> {
    use Action::*;
    match action {
        Tree | Workflow | Diff | Info | Yaml | Events | Logs | Revisions | NextTab | Bundle => {
            subject(model).is_none().then(|| Clean::own("put the cursor on an application first"))
        }
        Approve | Hold | RollBack | ReRun | Terminate | Repair | Allow | ReApply => {
            match subject(model) {
                None => Some(Clean::own("put the cursor on an application first")),
                Some(key) => sheet::barred(model, &key),
            }
        }
        Exec => shell::unless(model),
        Wrap | Times | Previous | Window | Ruler | Containers | Context
            if model.nav.side() != Some(Tab::Logs) =>
        {
            Some(Clean::own("open the logs first"))
        }
        _ => None,
    }
}

/// The application that a verb would be about.
fn subject(model: &Model) -> Option<AppKey> {
    match model.nav.app() {
        Some((key, _)) => Some(key.clone()),
        None => under_cursor(model)?.app().map(|app| app.key.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry {
            name: Clean::new(name),
            what: "",
            help: Clean::default(),
            key: Clean::default(),
            unless: None,
            target: Target::Cluster(name.into()),
        }
    }

    #[test]
    fn the_best_comes_first() {
        let names = ["shop/checkout", "clusters", "eu-1", "events", "roll-back", "shop/eu-1-cache"];
        for (text, expected) in [
            ("eu-1", Some("eu-1")),
            ("chk", Some("shop/checkout")),
            ("rb", Some("roll-back")),
            ("event", Some("events")),
            ("zzz", None),
        ] {
            let (_, found) = ranked(names.iter().map(|name| entry(name)).collect(), text);
            assert_eq!(found.first().map(|entry| entry.name.as_str()), expected, "{text}");
        }
    }
}
