//! The resource tree in another order than that of its clusters: by component, or what is broken first.
//! The same nodes under other headings; the cluster of each stays above it.

use std::collections::BTreeMap;

use super::super::model::detail::{Detail, Node, Part};
use super::super::model::order::TreeOrder;
use super::super::model::state::State;
use crate::clean;
use crate::console::term::clean::Clean;

/// The nodes are put into an order anew: others arrived, or another order was chosen.
pub(super) fn arrange(detail: &mut Detail, order: TreeOrder) {
    detail.arranged = match (&detail.tree, order) {
        (_, TreeOrder::Cluster) | (Part::None | Part::Loading(_) | Part::Failed(_), _) => None,
        (Part::Ready(nodes) | Part::Stale(nodes, _), order) => Some(arranged(nodes, order)),
    };
}

/// The heading that a node stands under: what sorts it, its words, and the state that it tells.
type Heading = (State, String, Clean);

fn arranged(nodes: &[Node], order: TreeOrder) -> Vec<Node> {
    let mut groups: BTreeMap<Heading, BTreeMap<&str, Vec<&[Node]>>> = BTreeMap::new();
    for subtree in subtrees(nodes) {
        let worst = worst(subtree);
        let heading = match order {
            TreeOrder::Health => (worst, String::new(), Clean::own(worst.word())),
            TreeOrder::Component | TreeOrder::Cluster => {
                let component = &subtree[0].component;
                let none = Clean::own("(of no component)");
                let name = if component.is_empty() { &none } else { component };
                (State::Waiting, name.to_string(), name.clone())
            }
        };
        let clusters = groups.entry(heading).or_default();
        clusters.entry(&subtree[0].cluster).or_default().push(subtree);
    }
    let mut rows = Vec::with_capacity(nodes.len() + groups.len());
    for ((_, _, name), clusters) in groups {
        let at = rows.len();
        let kind = if order == TreeOrder::Component { "component" } else { "" };
        rows.push(heading(&format!("{kind} {name}"), 0, "", kind, name.clone()));
        for (cluster, subtrees) in clusters {
            let id = format!("{kind} {name} {cluster}");
            let under = rows.len();
            rows.push(heading(&id, 1, cluster, "", Clean::new(cluster)));
            for node in subtrees.into_iter().flatten() {
                rows.push(Node { depth: node.depth + 1, ..node.clone() });
            }
            told(&mut rows, under);
        }
        told(&mut rows, at);
    }
    rows
}

/// A heading says the worst of what stands under it, and how many objects that are.
fn told(rows: &mut [Node], at: usize) {
    let depth = rows[at].depth;
    let below = &rows[at + 1..];
    let state = below.iter().map(|node| node.state).min().unwrap_or_default();
    let objects = below.iter().filter(|node| node.depth == 2).count();
    let plural = if objects == 1 { " object" } else { " objects" };
    rows[at].state = state;
    rows[at].text = clean![&Clean::number(objects as u32), plural];
    debug_assert!(below_is_deeper(rows, at, depth), "a heading stands above what it tells of");
}

fn below_is_deeper(rows: &[Node], at: usize, depth: usize) -> bool {
    rows[at + 1..].iter().all(|node| node.depth > depth)
}

fn heading(id: &str, depth: usize, cluster: &str, kind: &'static str, name: Clean) -> Node {
    Node {
        id: id.to_owned(),
        depth,
        cluster: cluster.to_owned(),
        kind: Clean::own(kind),
        name,
        ..Node::default()
    }
}

/// What was delivered, each with what came of it.
fn subtrees(nodes: &[Node]) -> Vec<&[Node]> {
    let starts: Vec<usize> = (0..nodes.len()).filter(|at| nodes[*at].depth == 1).collect();
    let end = |at: usize| {
        nodes[at + 1..].iter().position(|node| node.depth <= 1).map_or(nodes.len(), |n| at + 1 + n)
    };
    starts.into_iter().map(|at| &nodes[at..end(at)]).collect()
}

fn worst(nodes: &[Node]) -> State {
    nodes.iter().map(|node| node.state).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(depth: usize, cluster: &str, component: &str, name: &str, state: State) -> Node {
        Node {
            id: format!("{cluster}/{name}"),
            depth,
            cluster: cluster.into(),
            component: Clean::new(component),
            name: Clean::new(name),
            state,
            ..Node::default()
        }
    }

    fn check(order: TreeOrder, expected: &[&str]) {
        let nodes = [
            node(0, "eu", "", "eu", State::Degraded),
            node(1, "eu", "web", "web", State::Healthy),
            node(2, "eu", "web", "web-pod", State::Degraded),
            node(1, "eu", "db", "db", State::Healthy),
            node(0, "us", "", "us", State::Healthy),
            node(1, "us", "web", "web", State::Healthy),
        ];
        let rows = arranged(&nodes, order);
        let told =
            |node: &Node| format!("{}{} {}", " ".repeat(node.depth), node.name, node.state.word());
        let told: Vec<String> = rows.iter().map(told).collect();
        assert_eq!(told, expected, "{order:?}");
        let mut ids: Vec<&str> = rows.iter().map(|node| node.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rows.len(), "ids are unique");
    }

    #[test]
    fn the_same_nodes_stand_under_other_headings() {
        check(
            TreeOrder::Component,
            &[
                "db ok",
                " eu ok",
                "  db ok",
                "web degraded",
                " eu degraded",
                "  web ok",
                "   web-pod degraded",
                " us ok",
                "  web ok",
            ],
        );
        check(
            TreeOrder::Health,
            &[
                "degraded degraded",
                " eu degraded",
                "  web ok",
                "   web-pod degraded",
                "ok ok",
                " eu ok",
                "  db ok",
                " us ok",
                "  web ok",
            ],
        );
    }
}
