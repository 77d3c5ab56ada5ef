//! Any object looked at: in the tree the one under the cursor, elsewhere the application. How its lines
//! fold, and what is kept in mind of what only servers write.

use super::super::model::Model;
use super::super::model::detail::{Detail, Node, Part};
use super::super::model::nav::{Place, Tab};
use super::super::model::object::{ObjectRef, YamlLine};
use super::Effect;
use super::key::{ask, show, turn};
use super::logs::pod_of;
use super::rows::{Row, under_cursor};

/// Shows the summary or the lines of what the cursor is on.
pub(super) fn open(model: &mut Model, tab: Tab) -> Vec<Effect> {
    let (Some(object), Some((key, _))) = (under(model), model.nav.app()) else {
        return turn(model, tab);
    };
    let key = key.clone();
    // From there one comes back to the row in the tree.
    model.nav.open(super::View::App(key.clone(), tab));
    model.nav.place_mut().object = Some(object);
    super::key::load_side(model, key, tab)
}

/// Shows the events: in the tree those of what the cursor is on, by a filter that can be taken away.
pub(super) fn events(model: &mut Model) -> Vec<Effect> {
    let (Some(object), Some((key, _))) = (under(model), model.nav.app()) else {
        return turn(model, Tab::Events);
    };
    let key = key.clone();
    let effects = show(model, key, Tab::Events, true);
    ask(model, &format!("'{}", object.name));
    effects
}

/// The object that the cursor is on in the tree; of a container its pod.
fn under(model: &Model) -> Option<ObjectRef> {
    let (_, Tab::Tree) = model.nav.app()? else { return None };
    let Row::Node(node) = under_cursor(model)? else { return None };
    let of = |node: &Node| ObjectRef {
        cluster: node.cluster.clone(),
        kind: node.kind.to_string(),
        namespace: node.namespace.clone(),
        name: node.name.to_string(),
    };
    match node.kind.as_str() {
        "" | "component" => None,
        "container" => Some(of(pod_of(model, node)?)),
        _ => Some(of(node)),
    }
}

/// What is looked at becomes the object of the place; what was known of another one is forgotten.
pub(super) fn settle(detail: &mut Detail, place: &Place) {
    if detail.object != place.object {
        detail.object.clone_from(&place.object);
        (detail.info, detail.yaml) = (Part::None, Part::None);
    }
}

/// The lines that no folded line hides.
pub(super) fn visible<'a>(lines: &'a [YamlLine], place: &Place) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut hidden: Option<&str> = None;
    // A query looks into everything.
    let whole = !place.query.is_empty();
    for line in lines {
        if hidden.is_some_and(|above| line.is_below(above)) {
            continue;
        }
        hidden = (!whole && is_folded(line, place)).then_some(line.path.as_str());
        rows.push(Row::Line(line));
    }
    rows
}

/// Whether what stands below a line is hidden.
#[must_use]
pub fn is_folded(line: &YamlLine, place: &Place) -> bool {
    line.below > 0 && line.noise != place.folded.contains(&line.path)
}

/// Unfolds all that only servers write, or folds it again.
pub(super) fn noise(model: &mut Model) {
    let lines = match model.detail.as_ref().map(|detail| &detail.yaml) {
        Some(Part::Ready(lines) | Part::Stale(lines, _)) => lines,
        _ => return,
    };
    let paths = lines.iter().filter(|line| line.noise && line.below > 0);
    let paths: Vec<String> = paths.map(|line| line.path.clone()).collect();
    let folded = &mut model.nav.place_mut().folded;
    let shown = paths.iter().all(|path| folded.contains(path));
    folded.retain(|path| !paths.contains(path));
    if !shown {
        folded.extend(paths);
    }
}

/// Folds the line under the cursor, or goes to the one above it.
pub(super) fn fold(model: &mut Model) {
    let Some((path, open, above)) = here(model) else { return };
    if open {
        toggle(model, &path);
    } else if let Some(above) = above {
        model.nav.select(Some(above));
    }
}

/// Unfolds the line under the cursor; false when nothing is hidden below it.
pub(super) fn unfold(model: &mut Model) -> bool {
    let Some(Row::Line(line)) = under_cursor(model) else { return false };
    let folded = is_folded(line, model.nav.place());
    let path = line.path.clone();
    if folded {
        toggle(model, &path);
    }
    folded
}

fn toggle(model: &mut Model, path: &str) {
    let folded = &mut model.nav.place_mut().folded;
    let known = folded.len();
    folded.retain(|other| other != path);
    if folded.len() == known {
        folded.push(path.to_owned());
    }
    model.nav.select(Some(path.to_owned()));
}

/// The line under the cursor, whether what is below it is shown, and the line above it.
fn here(model: &Model) -> Option<(String, bool, Option<String>)> {
    let Row::Line(line) = under_cursor(model)? else { return None };
    let open = line.below > 0 && !is_folded(line, model.nav.place());
    let lines = match &model.detail.as_ref()?.yaml {
        Part::Ready(lines) | Part::Stale(lines, _) => lines,
        Part::None | Part::Loading(_) | Part::Failed(_) => return None,
    };
    let at = lines.iter().position(|other| other.path == line.path)?;
    let above = lines[..at].iter().rev().find(|other| line.is_below(&other.path));
    Some((line.path.clone(), open, above.map(|above| above.path.clone())))
}
