//! A shell in a container: whose, and whether the sheet of it may open. A shell acts on one cluster alone,
//! so that one's lock counts. Where the cursor is on no container, one is chosen.

use super::super::model::Model;
use super::super::model::action::Action;
use super::super::model::picker::Choice;
use super::super::model::sheet::{Sheet, Verb};

use super::logs::pod_of;
use super::rows::{Row, under_cursor};
use super::{Effect, containers};
use crate::console::term::clean::Clean;

/// Opens the sheet for the container, or the pod with one container, that the cursor is on in the tree.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(why) = unless(model) {
        model.notice = Some(why);
        return Vec::new();
    }
    match subject(model) {
        Some((cluster, subject)) => of(model, &cluster, subject),
        None => containers::choose(model, Choice::Shell),
    }
}

/// Opens the sheet for a container that was named.
pub(super) fn of(model: &mut Model, cluster: &str, subject: String) -> Vec<Effect> {
    if let Some(why) = barred(model, cluster) {
        model.notice = Some(why);
        return Vec::new();
    }
    let Some((key, _)) = model.nav.app() else { return Vec::new() };
    let key = key.clone();
    let production = model.is_production(cluster);
    let subjects = vec![(key.clone(), Some(subject.clone()))];
    model.sheet = Some(Sheet::open(Verb::Exec, subjects, production, model.now));
    vec![Effect::Plan(Verb::Exec, key, Some(subject))]
}

/// Why no shell can be opened here.
pub(super) fn unless(model: &Model) -> Option<Clean> {
    if let Some((cluster, _)) = subject(model) {
        return barred(model, &cluster);
    }
    let known =
        model.nav.app().is_some() || under_cursor(model).is_some_and(|row| row.app().is_some());
    match (model.read_only, known) {
        (true, _) => Some(Clean::own("started with --read-only: no shell is opened here")),
        (false, true) => None,
        (false, false) => Some(Clean::own("put the cursor on an application first")),
    }
}

/// Why no shell can be opened in a cluster.
fn barred(model: &Model, cluster: &str) -> Option<Clean> {
    if !model.locked(&[cluster.to_owned()]) {
        return None;
    }
    let keys = model.keymap.keys(Action::Arm).join(" or ");
    Some(match model.read_only {
        true => Clean::own("started with --read-only: no shell is opened here"),
        false => Clean::new(&format!("locked: {cluster} is production; {keys} arms the console")),
    })
}

/// The cluster, and the pod with its container as a plan names them.
fn subject(model: &Model) -> Option<(String, String)> {
    let Row::Node(node) = under_cursor(model)? else { return None };
    let (pod, container) = match node.kind.as_str() {
        "Pod" if containers::containers(model).len() < 2 => (node, None),
        "container" => (pod_of(model, node)?, Some(node.name.to_string())),
        _ => return None,
    };
    let parts = [pod.cluster.as_str(), pod.namespace.as_str(), pod.name.as_str()];
    let parts = parts.into_iter().chain(container.as_deref());
    Some((pod.cluster.clone(), parts.collect::<Vec<_>>().join(" ")))
}
