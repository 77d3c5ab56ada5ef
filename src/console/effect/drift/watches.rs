//! The watches by which drift is found, and the reads where a record changed.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt;
use kube::api::DynamicObject;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use mizzen_engine::plan::ObjectId;
use mizzen_oam::labels;
use tokio::sync::mpsc;

use super::Heard;
use super::book::Kind;
use crate::console::effect::world::World;
use crate::console::effect::{FIRST_PAUSE, LAST_PAUSE, resources, typed, words};

/// Objects a page.
const PAGE: u32 = 500;
/// Objects that are read at a time.
const WIDTH: usize = 8;

/// What a watch tells of an object, of all of them, or of itself.
enum Told {
    Object(DynamicObject),
    Gone(DynamicObject),
    /// The keys of everything there is.
    All(HashSet<String>),
    Refused(String),
}

/// Watches the trackers until nobody listens.
pub(super) async fn trackers(world: Arc<dyn World>, heard: mpsc::Sender<Heard>) {
    let api = Api::all_with(world.hub(), &resources::resource_tracker());
    let config = watcher::Config::default();
    follow(api, config, heard, ResourceExt::name_any, |told| match told {
        Told::Object(object) => Some(Heard::Tracker(object.name_any(), typed(object)?)),
        Told::Gone(object) => Some(Heard::NoTracker(object.name_any())),
        Told::All(names) => Some(Heard::Trackers(names)),
        Told::Refused(why) => Some(Heard::TrackersFailed(why)),
    })
    .await;
}

/// Watches what applications delivered of a kind in a cluster, in all namespaces, until nobody listens.
pub(super) async fn kind_watch(world: Arc<dyn World>, heard: mpsc::Sender<Heard>, kind: Kind) {
    let mut pause = FIRST_PAUSE;
    let api = loop {
        match resources::api(world.as_ref(), &kind.object("", "")).await {
            Ok(api) => break api,
            Err(why) => {
                if heard.send(Heard::Failed(kind.clone(), why)).await.is_err() {
                    return;
                }
            }
        }
        // Where nobody answers now, somebody may later.
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    };
    let config = watcher::Config::default().labels(labels::APP_NAME);
    let key = |object: &DynamicObject| id(object, &kind).key();
    follow(api, config, heard, key, |told| {
        Some(match told {
            Told::Object(object) => Heard::Object(
                id(&object, &kind),
                Box::new(resources::whole(object, &kind.api_version, &kind.kind)),
            ),
            Told::Gone(object) => Heard::Gone(id(&object, &kind)),
            Told::All(keys) => Heard::Listed(kind.clone(), keys),
            Told::Refused(why) => Heard::Failed(kind.clone(), why),
        })
    })
    .await;
}

/// Says what a watch tells until nobody listens.
async fn follow(
    api: Api<DynamicObject>,
    config: watcher::Config,
    heard: mpsc::Sender<Heard>,
    key: impl Fn(&DynamicObject) -> String,
    say: impl Fn(Told) -> Option<Heard>,
) {
    let mut events = watcher(api, config.page_size(PAGE)).default_backoff().boxed();
    let mut keys = HashSet::new();
    while let Some(event) = events.next().await {
        let told = match event {
            Ok(watcher::Event::Init) => {
                keys.clear();
                continue;
            }
            Ok(watcher::Event::InitApply(object)) => {
                keys.insert(key(&object));
                Told::Object(object)
            }
            Ok(watcher::Event::InitDone) => Told::All(std::mem::take(&mut keys)),
            Ok(watcher::Event::Apply(object)) => Told::Object(object),
            Ok(watcher::Event::Delete(object)) => Told::Gone(object),
            Err(error) => match refused(&error) {
                Some(why) => Told::Refused(why),
                None => continue,
            },
        };
        if let Some(said) = say(told)
            && heard.send(said).await.is_err()
        {
            return;
        }
    }
}

/// Reads objects anew. What cannot be read is told by the watches.
pub(super) async fn ask(world: Arc<dyn World>, heard: mpsc::Sender<Heard>, ids: Vec<ObjectId>) {
    let read = |id: ObjectId| {
        let (world, heard) = (world.clone(), heard.clone());
        async move {
            let Ok(api) = resources::api(world.as_ref(), &id).await else { return };
            let said = match api.get_opt(&id.name).await {
                Ok(Some(object)) => {
                    let value = resources::whole(object, &id.api_version, &id.kind);
                    Heard::Object(id, Box::new(value))
                }
                Ok(None) => Heard::Gone(id),
                Err(_) => return,
            };
            // Nobody listens when the console was left.
            let _ = heard.send(said).await;
        }
    };
    futures::stream::iter(ids).for_each_concurrent(WIDTH, read).await;
}

fn id(object: &DynamicObject, kind: &Kind) -> ObjectId {
    kind.object(&object.namespace().unwrap_or_default(), &object.name_any())
}

/// What a server said when it does not let somebody look; connections that end are told elsewhere.
fn refused(error: &watcher::Error) -> Option<String> {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(_))
        | watcher::Error::WatchStartFailed(kube::Error::Api(_)) => Some(words::watch(error)),
        _ => None,
    }
}
