//! The picture of an application as rows of a tree. A delivered object that is well but not as it was
//! delivered says so, and who made it so.

use std::collections::{BTreeMap, HashMap};

use mizzen_engine::operate;
use mizzen_engine::plan::{Action, ObjectId};
use mizzen_engine::track::garbage::object_id;
use mizzen_engine::tree::{self, Health, Live, Row};

use super::drift::change::{Change, change};
use super::resources::Picture;
use crate::console::model::State;
use crate::console::model::detail::Node;
use crate::console::term::clean::Clean;

/// The rows, children after their parents.
pub(super) fn nodes(picture: &Picture) -> Vec<Node> {
    let ids: Vec<ObjectId> = picture.records.iter().map(object_id).collect();
    let index = |(cluster, objects): (&String, &Vec<serde_json::Value>)| {
        (cluster.clone(), Live::new(cluster, objects.iter().cloned()))
    };
    let live: BTreeMap<String, Live> = picture.live.iter().map(index).collect();
    let drifted = drifted(picture);
    let mut nodes: Vec<Node> = tree::build(&ids, &live, &picture.errors)
        .iter()
        .map(|found| node(found, &drifted))
        .collect();
    of_components(&mut nodes, picture);
    told_by_clusters(&mut nodes);
    nodes
}

/// What was delivered stands for a component, and with it what came of it.
fn of_components(nodes: &mut [Node], picture: &Picture) {
    let of = |entry| (object_id(entry).key(), Clean::new(&entry.component));
    let components: HashMap<String, Clean> = picture.records.iter().map(of).collect();
    let mut component = Clean::default();
    for node in nodes.iter_mut().filter(|node| node.depth > 0) {
        if node.depth == 1 {
            component = components.get(&node.id).cloned().unwrap_or_default();
        }
        node.component.clone_from(&component);
    }
}

/// What was changed from outside, by [`ObjectId::key`], in words.
fn drifted(picture: &Picture) -> HashMap<String, Clean> {
    let mut found = HashMap::new();
    for entry in &picture.records {
        let id = object_id(entry);
        let Ok(Some(live)) = picture.live(&id) else { continue };
        let action = operate::compared(entry, Some(live), &picture.rules);
        if let Some(text) = action.as_ref().and_then(words) {
            found.insert(id.key(), text);
        }
    }
    found
}

/// Which fields of an object somebody changed, and who.
fn words(action: &Action) -> Option<Clean> {
    let Change { fields, who, .. } = change(action)?;
    let who = if who.is_empty() { "someone" } else { &who };
    Some(Clean::new(&format!("{fields} by {who}")))
}

fn node(node: &tree::Node, drifted: &HashMap<String, Clean>) -> Node {
    let object = &node.object;
    let (kind, name) = match node.row {
        Row::Cluster => ("", object.cluster.as_str()),
        Row::Object => (object.kind.as_str(), object.name.as_str()),
        Row::Container => ("container", object.api_version.as_str()),
    };
    let state = match node.verdict.health {
        Health::Degraded => State::Degraded,
        Health::Progressing => State::Progressing,
        Health::Unknown => State::Unknown,
        Health::Healthy => State::Healthy,
    };
    let text = Clean::new(&node.verdict.text);
    let drift = drifted.get(&object.key()).filter(|_| node.row == Row::Object);
    let (state, text) = match drift {
        Some(drift) if state == State::Healthy => (State::Drifted, drift.clone()),
        _ => (state, text),
    };
    Node {
        id: node.id(),
        depth: node.depth,
        cluster: object.cluster.clone(),
        kind: Clean::new(kind),
        namespace: object.namespace.clone(),
        component: Clean::default(),
        name: Clean::new(name),
        state,
        text,
    }
}

/// A cluster that is well says what drifted in it.
fn told_by_clusters(nodes: &mut [Node]) {
    for at in (0..nodes.len()).filter(|at| nodes[*at].depth == 0).collect::<Vec<_>>() {
        let below = nodes[at + 1..].iter().take_while(|node| node.depth > 0);
        let first = below.into_iter().find(|node| node.state == State::Drifted);
        let told = first.map(|node| crate::clean![&node.kind, " ", &node.name, ": ", &node.text]);
        if let (Some(text), State::Healthy) = (told, nodes[at].state) {
            (nodes[at].state, nodes[at].text) = (State::Drifted, text);
        }
    }
}
