//! A watch as the objects it holds: told whole, after every change, changes that come together told
//! once. A list that is read anew is told when it is complete, so nothing flashes empty.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::words;

/// Changes within this time are told once.
const GATHER: Duration = Duration::from_millis(80);

/// The objects by namespace and name, or why they cannot be had.
pub(super) type Told<'a, K> = Result<&'a BTreeMap<String, K>, String>;

/// Follows a watch until nobody listens. A watch that fails is tried again and again.
pub(super) async fn follow<K, M>(
    api: Api<K>,
    config: watcher::Config,
    out: mpsc::Sender<M>,
    mut tell: impl FnMut(Told<'_, K>) -> M,
) where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let mut events = watcher(api, config).default_backoff().boxed();
    let mut held = BTreeMap::new();
    let mut listed = BTreeMap::new();
    let mut due: Option<Instant> = None;
    loop {
        let event = match due {
            Some(at) => tokio::time::timeout_at(at, events.next()).await.ok(),
            None => Some(events.next().await),
        };
        let told = match event {
            None => {
                due = None;
                tell(Ok(&held))
            }
            Some(None) => return,
            Some(Some(Err(error))) => tell(Err(words::watch(&error))),
            Some(Some(Ok(event))) => {
                if take(event, &mut held, &mut listed) {
                    due = due.or_else(|| Some(Instant::now() + GATHER));
                }
                continue;
            }
        };
        if out.send(told).await.is_err() {
            return;
        }
    }
}

/// Takes an event in; true when there is something to tell.
fn take<K: Resource>(
    event: watcher::Event<K>,
    held: &mut BTreeMap<String, K>,
    listed: &mut BTreeMap<String, K>,
) -> bool {
    match event {
        watcher::Event::Init => {
            listed.clear();
            false
        }
        watcher::Event::InitApply(object) => {
            listed.insert(name(&object), object);
            false
        }
        watcher::Event::InitDone => {
            *held = std::mem::take(listed);
            true
        }
        watcher::Event::Apply(object) => {
            held.insert(name(&object), object);
            true
        }
        watcher::Event::Delete(object) => {
            held.remove(&name(&object));
            true
        }
    }
}

fn name<K: Resource>(object: &K) -> String {
    format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any())
}
