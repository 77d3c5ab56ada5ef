//! A shell in a container: whose, and whether the sheet of it may open. A shell acts on one cluster alone,
//! so that one's lock counts.

use super::super::model::Model;
use super::super::model::action::Action;
use super::super::model::sheet::{Sheet, Verb};
use super::Effect;
use super::logs::pod_of;
use super::rows::{Row, under_cursor};
use crate::console::term::clean::Clean;

/// Opens the sheet for the container, or the pod, that the cursor is on in the tree.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(why) = unless(model) {
        model.notice = Some(why);
        return Vec::new();
    }
    let (Some((cluster, subject)), Some((key, _))) = (subject(model), model.nav.app()) else {
        return Vec::new();
    };
    let key = key.clone();
    let production = model.is_production(&cluster);
    let subjects = vec![(key.clone(), Some(subject.clone()))];
    model.sheet = Some(Sheet::open(Verb::Exec, subjects, production, model.now));
    vec![Effect::Plan(Verb::Exec, key, Some(subject))]
}

/// Why no shell can be opened here.
pub(super) fn unless(model: &Model) -> Option<Clean> {
    let Some((cluster, _)) = subject(model) else {
        let keys = model.keymap.keys(Action::Tree).join(" or ");
        let text = format!("put the cursor on a container of the tree first; {keys} shows it");
        return Some(Clean::new(&text));
    };
    if !model.locked(std::slice::from_ref(&cluster)) {
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
        "Pod" => (node, None),
        "container" => (pod_of(model, node)?, Some(node.name.to_string())),
        _ => return None,
    };
    let parts = [pod.cluster.as_str(), pod.namespace.as_str(), pod.name.as_str()];
    let parts = parts.into_iter().chain(container.as_deref());
    Some((pod.cluster.clone(), parts.collect::<Vec<_>>().join(" ")))
}
