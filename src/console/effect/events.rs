//! The events about an application: about itself on the hub, and about what it delivered in every
//! cluster, merged by time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::runtime::watcher;
use kube::{Api, ResourceExt};
use mizzen_oam::LOCAL_CLUSTER;
use tokio::sync::mpsc;

use super::world::World;
use super::{Task, feed, resources};
use crate::console::model::AppKey;
use crate::console::model::detail::EventRow;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Events that are shown at most.
const MOST_EVENTS: usize = 500;

/// What one watch holds: its cluster and namespace, and its rows or why there are none.
type Held = ((String, String), Result<Vec<EventRow>, String>);

/// Follows the events until nobody listens.
pub async fn follow(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let delivered = resources::tracked(world.as_ref(), &key).await.unwrap_or_default();
    let mut places = BTreeSet::from([(LOCAL_CLUSTER.to_owned(), key.namespace.clone())]);
    places.extend(delivered.iter().map(|o| (o.cluster.clone(), o.namespace.clone())));
    let mut names: BTreeSet<String> = delivered.into_iter().map(|object| object.name).collect();
    names.insert(key.name.clone());
    let (held_tx, mut held) = mpsc::channel::<Held>(64);
    let watches: Vec<Task> = places
        .into_iter()
        .map(|place| Task(tokio::spawn(one(world.clone(), place, names.clone(), held_tx.clone()))))
        .collect();
    drop(held_tx);
    let mut known = BTreeMap::new();
    while let Some((place, rows)) = held.recv().await {
        known.insert(place, rows);
        let part = PartUpdate::Events(merged(&known));
        if tx.send(Msg::Part(key.clone(), part)).await.is_err() {
            break;
        }
    }
    drop(watches);
}

async fn one(
    world: Arc<dyn World>,
    place: (String, String),
    names: BTreeSet<String>,
    held: mpsc::Sender<Held>,
) {
    let client = match world.client(&place.0).await {
        Ok(client) => client,
        Err(why) => {
            // Nobody listens when the side was left.
            let _ = held.send((place, Err(why))).await;
            return;
        }
    };
    let api: Api<Event> = Api::namespaced(client, &place.1);
    feed::follow(api, watcher::Config::default(), held, |told| {
        let rows = told.map(|events| {
            let about = events.values().filter(|event| concerns(event, &names));
            about.map(|event| row(event, &place.0)).collect()
        });
        (place.clone(), rows)
    })
    .await;
}

/// Whether an event is about one of these objects, or about what such an object made: workloads name
/// what they make after themselves.
pub(super) fn concerns(event: &Event, names: &BTreeSet<String>) -> bool {
    let about = event.involved_object.name.as_deref().unwrap_or_default();
    let makes =
        |name: &String| about.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('-'));
    names.contains(about) || names.iter().any(makes)
}

/// The rows of all clusters, newest first. A cluster that does not answer is a row that says so.
fn merged(
    known: &BTreeMap<(String, String), Result<Vec<EventRow>, String>>,
) -> Result<Vec<EventRow>, Clean> {
    let mut rows = Vec::new();
    for ((cluster, _), held) in known {
        match held {
            Ok(held) => rows.extend(held.iter().cloned()),
            Err(why) => rows.push(EventRow {
                warning: true,
                reason: Clean::own("no answer"),
                object: Clean::new(cluster),
                message: Clean::sentence(why),
                ..EventRow::default()
            }),
        }
    }
    rows.sort_by_key(|row| (row.last.is_some(), std::cmp::Reverse(row.last)));
    rows.truncate(MOST_EVENTS);
    Ok(rows)
}

pub(super) fn row(event: &Event, cluster: &str) -> EventRow {
    let about = &event.involved_object;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let place = if cluster == LOCAL_CLUSTER { "" } else { cluster };
    let object = format!("{place} {} {}", text(&about.kind), text(&about.name));
    EventRow {
        last: moment(event),
        warning: event.type_.as_deref() == Some("Warning"),
        reason: Clean::new(&text(&event.reason)),
        object: Clean::new(object.trim_start()),
        message: Clean::sentence(&text(&event.message)),
        count: i64::from(event.count.unwrap_or(1)),
    }
}

fn moment(event: &Event) -> Option<Timestamp> {
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    last.or_else(|| event.event_time.as_ref().map(|time| time.0))
        .or_else(|| event.creation_timestamp().map(|time| time.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_about_what_a_workload_made_count() {
        let names = BTreeSet::from(["web".to_owned()]);
        for (about, counts) in [("web", true), ("web-6c9f-x2", true), ("website", false)] {
            let mut event = Event::default();
            event.involved_object.name = Some(about.to_owned());
            assert_eq!(concerns(&event, &names), counts, "{about}");
        }
    }
}
