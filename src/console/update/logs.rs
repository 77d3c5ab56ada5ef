//! Logs: what is asked for, what arrives, and how it is shown.

use super::super::model::Model;
use super::super::model::detail::{Detail, Node, Part};
use super::super::model::logs::{Ask, Batch, Clock, Ring, Scope, next_context};
use super::super::model::nav::Tab;
use super::Effect;
use super::key::{show, turn};
use super::rows::{Row, under_cursor};
use crate::clean;
use crate::console::term::clean::Clean;

/// Shows the logs: in the tree those of what the cursor is on, elsewhere those of the application.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match (scope(model), model.nav.app()) {
        // From there one comes back to the row in the tree.
        (Some(scope), Some((key, _))) => {
            let key = key.clone();
            drop(show(model, key, Tab::Logs, true));
            ask(model, |ask| ask.scope = Some(scope))
        }
        _ => turn(model, Tab::Logs),
    }
}

/// What the cursor is on in the tree.
fn scope(model: &Model) -> Option<Scope> {
    let (_, Tab::Tree) = model.nav.app()? else { return None };
    let Row::Node(node) = under_cursor(model)? else { return None };
    let of = |node: &Node, container| Scope {
        cluster: node.cluster.clone(),
        kind: node.kind.to_string(),
        namespace: node.namespace.clone(),
        name: node.name.to_string(),
        container,
    };
    if node.kind.as_str() != "container" {
        return Some(of(node, None));
    }
    Some(of(pod_of(model, node)?, Some(node.name.to_string())))
}

/// The pod above a container.
pub(super) fn pod_of<'a>(model: &'a Model, container: &Node) -> Option<&'a Node> {
    let (Part::Ready(nodes) | Part::Stale(nodes, _)) = &model.detail.as_ref()?.tree else {
        return None;
    };
    let at = nodes.iter().position(|node| node.id == container.id)?;
    nodes[..at].iter().rev().find(|node| node.depth < container.depth)
}

/// Asks another question; late answers to the one before do not count.
pub(super) fn ask(model: &mut Model, change: impl FnOnce(&mut Ask)) -> Vec<Effect> {
    let now = model.now;
    // Where nobody is asked, what was read is all there is.
    let Some(detail) = model.detail.as_mut().filter(|_| !model.offline) else { return Vec::new() };
    let generation = detail.log_ask.generation + 1;
    change(&mut detail.log_ask);
    detail.log_ask.generation = generation;
    detail.logs = Part::Loading(now);
    vec![Effect::Logs(detail.key.clone(), detail.log_ask.clone())]
}

/// A filter that is not being typed any more goes to the nodes: what fits it may be far back.
pub(super) fn sifted(model: &mut Model) -> Vec<Effect> {
    let place = model.nav.place();
    let (Some(Tab::Logs), false) = (model.nav.side(), model.nav.typing) else { return Vec::new() };
    let query = place.query.text().to_owned();
    match &model.detail {
        Some(detail) if detail.log_ask.filter != query => ask(model, |ask| ask.filter = query),
        _ => Vec::new(),
    }
}

/// Lines arrived, or why there are none.
pub(super) fn arrived(detail: &mut Detail, generation: u64, result: Result<Batch, Clean>) {
    if generation != detail.log_ask.generation {
        return;
    }
    let batch = match result {
        Ok(batch) => batch,
        Err(why) => return detail.logs.answer(Err(why)),
    };
    let mut ring = match std::mem::take(&mut detail.logs) {
        Part::Ready(ring) | Part::Stale(ring, _) => ring,
        Part::None | Part::Loading(_) | Part::Failed(_) => Ring::default(),
    };
    ring.take(batch);
    detail.logs = Part::Ready(ring);
}

/// Another time in front of each line.
pub(super) fn times(model: &mut Model) {
    let mut clock = model.log_looks.clock.next();
    if clock == Clock::Local && model.zone.to_offset(model.now).is_zero() {
        clock = clock.next();
    }
    model.log_looks.clock = clock;
    model.notice = Some(Clean::own(clock.word()));
}

/// The runs before the last restarts, or the present ones again.
pub(super) fn previous(model: &mut Model) -> Vec<Effect> {
    ask(model, |ask| ask.previous = !ask.previous)
}

/// Further back; after everything, the last lines again.
pub(super) fn window(model: &mut Model) -> Vec<Effect> {
    ask(model, |ask| ask.window = ask.window.next())
}

/// More lines around what fits the filter; after the most, none.
pub(super) fn context(model: &mut Model) -> Vec<Effect> {
    let effects = ask(model, |ask| ask.context = next_context(ask.context));
    let lines = model.detail.as_ref().map_or(0, |detail| detail.log_ask.context);
    model.notice = Some(match lines {
        0 => Clean::own("only the lines that fit the filter"),
        lines => {
            clean!["the ", &Clean::number(lines as u32), " lines before and after each that fits"]
        }
    });
    effects
}

/// Draws a line under what was read.
pub(super) fn ruler(model: &mut Model) {
    let now = model.now;
    if let Some(Part::Ready(ring) | Part::Stale(ring, _)) =
        model.detail.as_mut().map(|detail| &mut detail.logs)
    {
        ring.rule(now);
    }
}
