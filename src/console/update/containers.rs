//! Containers to choose from: for a shell, for logs. Those below the cursor in the tree, else all of the
//! application. What is chosen from is the tree as it is known; where it is not, it is read first.

use super::super::model::Model;
use super::super::model::detail::{Detail, Node, Part};
use super::super::model::logs::Scope;
use super::super::model::nav::Tab;
use super::super::model::picker::{Choice, Entry, Picker, Target};
use super::rows::{Row, under_cursor};
use super::{Effect, key, logs, picker};
use crate::clean;
use crate::console::term::clean::Clean;

/// A container with the pod that it is in.
pub(super) struct Container<'a> {
    pub(super) pod: &'a Node,
    pub(super) node: &'a Node,
}

impl Container<'_> {
    /// The pod with its container as a plan names them.
    pub(super) fn subject(&self) -> String {
        let Node { cluster, namespace, name, .. } = self.pod;
        format!("{cluster} {namespace} {name} {}", self.node.name)
    }

    fn scope(&self) -> Scope {
        Scope {
            cluster: self.pod.cluster.clone(),
            kind: self.pod.kind.to_string(),
            namespace: self.pod.namespace.clone(),
            name: self.pod.name.to_string(),
            container: Some(self.node.name.to_string()),
        }
    }
}

/// The containers below the object that the cursor is on in the tree, else those of the application.
pub(super) fn containers(model: &Model) -> Vec<Container<'_>> {
    let nodes = model.detail.as_ref().map_or(&[][..], nodes);
    let below = object(model).and_then(|node| {
        let at = nodes.iter().position(|other| other.id == node.id)?;
        let deeper = nodes[at + 1..].iter().take_while(|other| other.depth > node.depth).count();
        Some(&nodes[at..=at + deeper])
    });
    let some = below.map(found).filter(|found| !found.is_empty());
    some.unwrap_or_else(|| found(nodes))
}

/// The object under the cursor in the tree; clusters and other headings are none.
fn object(model: &Model) -> Option<&Node> {
    let (_, Tab::Tree) = model.nav.app()? else { return None };
    match under_cursor(model)? {
        Row::Node(node) if !node.kind.is_empty() => Some(node),
        _ => None,
    }
}

fn nodes(detail: &Detail) -> &[Node] {
    match &detail.tree {
        Part::Ready(nodes) | Part::Stale(nodes, _) => nodes,
        Part::None | Part::Loading(_) | Part::Failed(_) => &[],
    }
}

fn found(nodes: &[Node]) -> Vec<Container<'_>> {
    let mut pod = None;
    let mut all = Vec::new();
    for node in nodes {
        match node.kind.as_str() {
            "Pod" => pod = Some(node),
            "container" => all.extend(pod.map(|pod| Container { pod, node })),
            _ => {}
        }
    }
    all
}

/// Lets a person choose a container; the tree is read where it is not known.
pub(super) fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    let known = model.nav.app().map(|(key, _)| key.clone());
    let under = || under_cursor(model)?.app().map(|app| app.key.clone());
    let Some(app) = known.clone().or_else(under) else {
        model.notice = Some(Clean::own("put the cursor on an application first"));
        return Vec::new();
    };
    let mut effects = Vec::new();
    if choice == Choice::Shell && model.nav.side() != Some(Tab::Tree) {
        effects = key::show(model, app, Tab::Tree, known.is_none());
    } else if reading(model) {
        effects.push(Effect::Read(app));
    }
    model.picker = Some(Picker { choice, ..Picker::default() });
    picker::find(model);
    effects
}

/// Whether the tree is not known yet.
pub(super) fn reading(model: &Model) -> bool {
    let tree = model.detail.as_ref().map(|detail| &detail.tree);
    matches!(tree, None | Some(Part::None | Part::Loading(_)))
}

/// The containers as entries.
pub(super) fn entries(model: &Model, choice: Choice) -> Vec<Entry> {
    let entry = |name: Clean, help: Clean, target: Target| Entry {
        name,
        what: "",
        help,
        key: Clean::default(),
        unless: None,
        target,
    };
    let one = |container: &Container<'_>| {
        let Container { pod, node } = container;
        let name = clean![&pod.name, "/", &node.name];
        let help = clean![&Clean::new(&pod.cluster), ", ", node.state.word(), ": ", &node.text];
        entry(
            name,
            help,
            match choice {
                Choice::Logs => Target::Logs(Some(Box::new(container.scope()))),
                _ => Target::Shell(pod.cluster.clone(), container.subject()),
            },
        )
    };
    let containers = containers(model);
    let count = Clean::number(containers.len() as u32);
    let all = clean!["all ", &count];
    let all = entry(all, Clean::own("the lines of every container"), Target::Logs(None));
    let all = (choice == Choice::Logs && !containers.is_empty()).then_some(all);
    all.into_iter().chain(containers.iter().map(one)).collect()
}

/// Reads the logs that were chosen.
pub(super) fn read(model: &mut Model, scope: Option<Scope>) -> Vec<Effect> {
    logs::ask(model, |ask| ask.scope = scope)
}
