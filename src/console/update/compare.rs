//! Which sides are compared: the pair that is most useful where the person is, the next one, or any two
//! by their numbers.

use super::super::model::action::Action;
use super::super::model::compare::{Pair, Question, Side};
use super::super::model::nav::{Tab, View};
use super::super::model::{AppKey, Model};
use super::rows::{Row, under_cursor};
use super::{Effect, key};
use crate::clean;
use crate::console::term::clean::Clean;

/// Opens the comparison that is most useful here: of a resource and of drift what was applied against what
/// runs, of an application what a delivery now would change, of revisions one against the other.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let pair = useful(model);
    let before = model.nav.place().clone();
    let effects = key::turn(model, Tab::Diff);
    // Nothing was opened, or what was open already.
    let opened = matches!(&model.nav.place().view, View::App(_, Tab::Diff));
    match opened && before.view != model.nav.place().view {
        true => ask(model, |question| question.pair = pair),
        false => effects,
    }
}

fn useful(model: &Model) -> Pair {
    let marked = revisions(model);
    let under = under_cursor(model);
    match (&model.nav.place().view, under) {
        (View::App(_, Tab::Revisions), Some(Row::Revision(revision))) => {
            let name = Side::Revision(revision.name.to_string());
            let other = marked.into_iter().rev().find(|other| *other != name);
            let applied = model.nav.app().and_then(|(app, _)| model.fleet.apps.get(app));
            let present = applied.is_some_and(|app| app.revision == revision.name);
            let against = match (other, present) {
                (Some(other), _) => return Pair::of(other, name).unwrap_or_default(),
                (None, true) => Side::Rendered,
                (None, false) => Side::Applied,
            };
            Pair::of(name, against).unwrap_or_default()
        }
        (View::App(key, Tab::Workflow), _) if !drifted(model, key) => Pair::anew(),
        (_, Some(Row::App(app))) if !drifted(model, &app.key) => Pair::anew(),
        _ => Pair::default(),
    }
}

/// Whether somebody changed what was applied: then that is what one wants to see.
fn drifted(model: &Model, key: &AppKey) -> bool {
    model.fleet.apps.get(key).is_some_and(|app| model.fleet.drift_of(app).is_some())
}

/// The revisions that are marked, the oldest last.
fn revisions(model: &Model) -> Vec<Side> {
    let marks = &model.nav.place().marks;
    marks.iter().map(|name| Side::Revision(name.clone())).collect()
}

/// The next pair that is worth a look.
pub(super) fn next(model: &mut Model) -> Vec<Effect> {
    ask(model, |question| question.pair = question.pair.next())
}

/// A side was chosen; with the second one, the two are compared.
pub(super) fn choose(model: &mut Model, action: Action) -> Vec<Effect> {
    let side = match action {
        Action::SideSpec => Side::Spec,
        Action::SideRendered => Side::Rendered,
        Action::SideApplied => Side::Applied,
        _ => Side::Live,
    };
    let Some(first) = model.nav.place_mut().one_side.take() else {
        let word = match action {
            Action::SideSpec => "spec",
            Action::SideRendered => "rendered",
            Action::SideApplied => "applied",
            _ => "live",
        };
        let keys = [Action::SideSpec, Action::SideRendered, Action::SideApplied, Action::SideLive]
            .map(|action| model.keymap.keys_in(action, Some(Tab::Diff)).join(" "));
        let keys = Clean::new(&format!(
            "{} spec  {} rendered  {} applied  {} live",
            keys[0], keys[1], keys[2], keys[3]
        ));
        model.notice = Some(clean![word, " against which?  ", &keys]);
        model.nav.place_mut().one_side = Some(side);
        return Vec::new();
    };
    match Pair::of(first, side) {
        Some(pair) => ask(model, |question| question.pair = pair),
        None => {
            model.notice = Some(Clean::own("a side is not compared with itself"));
            Vec::new()
        }
    }
}

/// Whether the order of lists counts.
pub(super) fn list_order(model: &mut Model) -> Vec<Effect> {
    let effects = ask(model, |question| question.in_order = !question.in_order);
    model.notice = Some(Clean::own(match model.nav.place().question.in_order {
        true => "the order of lists counts",
        false => "the order of lists whose entries have names does not count",
    }));
    effects
}

/// Whether white space counts.
pub(super) fn blanks(model: &mut Model) -> Vec<Effect> {
    let effects = ask(model, |question| question.ignore_blanks = !question.ignore_blanks);
    model.notice = Some(Clean::own(match model.nav.place().question.ignore_blanks {
        true => "white space does not count",
        false => "white space counts",
    }));
    effects
}

/// Asks for another comparison in the place on screen.
fn ask(model: &mut Model, change: impl FnOnce(&mut Question)) -> Vec<Effect> {
    let View::App(app, Tab::Diff) = &model.nav.place().view else { return Vec::new() };
    let app: AppKey = app.clone();
    let mut question = model.nav.place().question.clone();
    change(&mut question);
    model.nav.compare(question);
    model.nav.select(None);
    model.nav.place_mut().offset = 0;
    key::load_side(model, app, Tab::Diff)
}
