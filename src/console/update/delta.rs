//! What the watches tell, taken into the model.

use super::super::model::detail::Detail;
use super::super::model::fleet::Cluster;
use super::super::model::order::TreeOrder;
use super::super::model::{Frozen, Model};
use super::{Effect, Msg, PartUpdate, sheet};

/// Takes it in; an open sheet whose ground moved asks for its plan anew.
///
/// While the view is frozen, what is known goes on beside what is shown.
pub(super) fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let Some(mut frozen) = model.frozen.take() else { return known(model, msg) };
    let swap = |model: &mut Model, frozen: &mut Frozen| {
        std::mem::swap(&mut model.fleet, &mut frozen.fleet);
        std::mem::swap(&mut model.detail, &mut frozen.detail);
    };
    swap(model, &mut frozen);
    let effects = known(model, msg);
    swap(model, &mut frozen);
    frozen.changes += 1;
    model.frozen = Some(frozen);
    effects
}

fn known(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::Identity(hub, who) => (model.hub, model.identity) = (hub, who),
        Msg::Clusters(clusters) => {
            let known = std::mem::take(&mut model.fleet.clusters);
            let kept = |mut cluster: Cluster| {
                if let Some(before) = known.get(&cluster.name) {
                    (cluster.delay, cluster.version) = (before.delay, before.version.clone());
                }
                (cluster.name.clone(), cluster)
            };
            model.fleet.clusters = clusters.into_iter().map(kept).collect();
        }
        Msg::Apps { changed, gone, complete } => {
            for key in gone {
                model.fleet.apps.remove(&key);
            }
            for app in changed {
                effects.extend(sheet::moved(model, &app));
                model.fleet.apps.insert(app.key.clone(), app);
            }
            super::marks::settle(model);
            model.fleet.complete |= complete;
            model.pulse.count(&model.fleet, model.now);
            model.fleet.error = None;
        }
        Msg::Drift(changes) => {
            for (key, drift) in changes {
                match drift {
                    Some(drift) => drop(model.fleet.drift.insert(key, drift)),
                    None => drop(model.fleet.drift.remove(&key)),
                }
            }
        }
        Msg::Probed(name, delay, version) => {
            if let Some(cluster) = model.fleet.clusters.get_mut(&name) {
                (cluster.delay, cluster.version) = (Some(delay), version);
            }
        }
        Msg::Journal(deeds) => model.journal = Some(deeds),
        Msg::Unwatched(clusters) => model.fleet.unwatched = clusters,
        Msg::HubError(why) => model.fleet.error = Some(why),
        Msg::Part(key, part) => {
            if let Some(detail) = model.detail.as_mut().filter(|detail| detail.key == key) {
                set(detail, part, model.tree_order);
                super::picker::arrived(model);
            }
        }
        Msg::Input(..)
        | Msg::Time(_)
        | Msg::Go(_)
        | Msg::Painted(_)
        | Msg::Planned(..)
        | Msg::Told(_)
        | Msg::Ran(..) => {}
    }
    effects
}

fn set(detail: &mut Detail, part: PartUpdate, order: TreeOrder) {
    match part {
        PartUpdate::Tree(result) => {
            detail.tree.answer(result);
            super::tree::arrange(detail, order);
        }
        // What was asked before is no answer any more.
        PartUpdate::Diff(question, result) if question == detail.question => {
            detail.diff.answer(result);
        }
        PartUpdate::Diff(..) => {}
        PartUpdate::Revisions(result) => detail.revisions.answer(result),
        PartUpdate::Info(object, result) if object == detail.object => detail.info.answer(result),
        PartUpdate::Yaml(object, result) if object == detail.object => detail.yaml.answer(result),
        // Of what was looked at before.
        PartUpdate::Info(..) | PartUpdate::Yaml(..) => {}
        PartUpdate::Events(result) => detail.events.answer(result),
        PartUpdate::Logs(generation, result) => super::logs::arrived(detail, generation, result),
    }
}
