//! Getting about: history, addresses, bookmarks; and standing still, while what is shown is frozen.

use super::super::model::address::Address;
use super::super::model::compare::Question;
use super::super::model::nav::{Tab, View};
use super::super::model::{Frozen, Model};
use super::{Effect, key};
use crate::clean;
use crate::console::term::clean::Clean;

/// Where the history is walked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To where the person was before.
    Back,
    /// To where the person was before going back.
    Forward,
    /// To the other one of the last two places.
    Last,
}

/// Walks the history; cursor, query and window are as they were.
pub(super) fn walk(model: &mut Model, way: Way) -> Vec<Effect> {
    let moved = match way {
        Way::Back => model.nav.history_back(),
        Way::Forward => model.nav.history_forward(),
        Way::Last => model.nav.history_last(),
    };
    if !moved {
        model.notice = Some(Clean::own("the history ends here"));
        return Vec::new();
    }
    arrive(model)
}

/// What is to be watched in the place on screen.
fn arrive(model: &mut Model) -> Vec<Effect> {
    thaw(model);
    let Some((app, tab)) = model.nav.app().map(|(app, tab)| (app.clone(), tab)) else {
        return in_list(model);
    };
    key::load_side(model, app, tab)
}

/// What a list needs.
fn in_list(model: &Model) -> Vec<Effect> {
    match model.nav.place().view {
        View::Journal => vec![Effect::Leave, Effect::Journal],
        View::Clusters | View::Pulse => vec![Effect::Leave, Effect::Probe],
        View::Inbox | View::Apps | View::App(..) => vec![Effect::Leave],
    }
}

/// The address of the place on screen.
#[must_use]
pub fn here(model: &Model) -> Address {
    let place = model.nav.place();
    Address {
        hub: model.hub.to_string(),
        view: place.view.clone(),
        of: place.object.clone(),
        query: place.query.text().to_owned(),
        row: place.selected.clone().unwrap_or_default(),
        sides: place.question.pair.clone(),
    }
}

/// Goes to an address; one of another hub is not here.
pub(super) fn go(model: &mut Model, address: Address) -> Vec<Effect> {
    let hub = model.hub.to_string();
    if !address.hub.is_empty() && address.hub != hub {
        let (there, here) = (Clean::new(&address.hub), &model.hub);
        model.notice = Some(clean!["that is on the hub ", &there, ", and this is ", here]);
        return Vec::new();
    }
    thaw(model);
    model.nav.home(View::Inbox);
    let effects = match address.view {
        View::App(app, Tab::Diff) => {
            key::show(model, app.clone(), Tab::Diff, true);
            model.nav.compare(Question { pair: address.sides, ..Question::default() });
            key::load_side(model, app, Tab::Diff)
        }
        View::App(app, tab) => {
            model.nav.open(View::App(app.clone(), tab));
            model.nav.place_mut().object = address.of;
            key::load_side(model, app, tab)
        }
        list => {
            model.nav.home(list);
            in_list(model)
        }
    };
    if !address.query.is_empty() {
        key::ask(model, &address.query);
    }
    if !address.row.is_empty() {
        model.nav.select(Some(address.row));
    }
    effects
}

/// Keeps the address of the place on screen, or forgets it.
pub(super) fn bookmark(model: &mut Model) -> Vec<Effect> {
    let text = Address { row: String::new(), ..here(model) }.to_string();
    let known = model.bookmarks.len();
    model.bookmarks.retain(|kept| *kept != text);
    let kept = known == model.bookmarks.len();
    if kept {
        model.bookmarks.push(text.clone());
    }
    let word = if kept { "bookmarked: " } else { "no bookmark any more: " };
    model.notice = Some(clean![word, &Clean::new(&text)]);
    vec![Effect::Bookmarks(model.bookmarks.clone())]
}

/// What is shown stays as it is, while what is known goes on; or it is shown as it is now.
pub(super) fn freeze(model: &mut Model) {
    if model.frozen.is_some() {
        thaw(model);
        return;
    }
    let (fleet, detail) = (model.fleet.clone(), model.detail.clone());
    model.frozen = Some(Box::new(Frozen { fleet, detail, changes: 0 }));
}

/// What is known is shown again.
pub(super) fn thaw(model: &mut Model) {
    if let Some(frozen) = model.frozen.take() {
        (model.fleet, model.detail) = (frozen.fleet, frozen.detail);
    }
}

/// Whether a side of an application has a tree, which can stand in several orders.
#[must_use]
pub(super) fn has_tree(model: &Model) -> bool {
    matches!(model.nav.app(), Some((_, Tab::Tree)))
}
