//! The watch over all applications: gathered for a moment, then handed over in one message.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_engine::plan::Rules;
use mizzen_oam::Application;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::drift::News;
use super::world::World;
use crate::console::model::{App, AppKey};
use crate::console::term::clean::Clean;
use crate::console::update::Msg;

/// Changes that arrive within this time are one message.
const GATHER: Duration = Duration::from_millis(50);
/// Objects a page.
const PAGE: u32 = 500;

/// The resource of applications.
#[must_use]
pub(super) fn resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "Application"))
}

/// Gathered changes: an application, or none when it is gone.
#[derive(Default)]
struct Gathered {
    changes: BTreeMap<AppKey, Option<App>>,
    complete: bool,
}

impl Gathered {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.complete
    }

    fn take(&mut self) -> Msg {
        let mut changed = Vec::new();
        let mut gone = Vec::new();
        for (key, app) in std::mem::take(&mut self.changes) {
            match app {
                Some(app) => changed.push(app),
                None => gone.push(key),
            }
        }
        Msg::Apps { changed, gone, complete: std::mem::take(&mut self.complete) }
    }
}

/// Watches until nobody listens; whoever looks for drift hears by which rules.
pub(super) async fn watch(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, drift: mpsc::Sender<News>) {
    let api: Api<DynamicObject> = Api::all_with(world.hub(), &resource());
    let config = watcher::Config::default().page_size(PAGE);
    let mut events = watcher(api, config).default_backoff().boxed();
    let mut known: BTreeMap<AppKey, ()> = BTreeMap::new();
    let mut listed: Vec<AppKey> = Vec::new();
    let mut gathered = Gathered::default();
    let mut flush_at: Option<Instant> = None;
    loop {
        let event = match flush_at {
            Some(at) => tokio::time::timeout_at(at, events.next()).await.ok(),
            None => Some(events.next().await),
        };
        if let Some(Some(Ok(event))) = &event
            && let Some(news) = news(event)
            && drift.send(news).await.is_err()
        {
            return;
        }
        match event {
            Some(Some(Ok(event))) => {
                take(event, &mut gathered, &mut known, &mut listed);
                if !gathered.is_empty() && flush_at.is_none() {
                    flush_at = Some(Instant::now() + GATHER);
                }
            }
            Some(Some(Err(error))) => {
                let why = super::words::watch(&error);
                if tx.send(Msg::HubError(Clean::new(&why))).await.is_err() {
                    return;
                }
            }
            Some(None) => return,
            None => {
                flush_at = None;
                if tx.send(gathered.take()).await.is_err() {
                    return;
                }
            }
        }
        if gathered.complete && tx.send(gathered.take()).await.is_err() {
            return;
        }
    }
}

/// What an event means to whoever looks for drift.
fn news(event: &watcher::Event<DynamicObject>) -> Option<News> {
    let (object, there) = match event {
        watcher::Event::Init => return None,
        watcher::Event::InitDone => return Some(News::AppsRead),
        watcher::Event::InitApply(object) | watcher::Event::Apply(object) => (object, true),
        watcher::Event::Delete(object) => (object, false),
    };
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    let meta = &object.metadata;
    let key = AppKey { namespace: name(&meta.namespace), name: name(&meta.name) };
    // Most applications have none.
    let policies = object.data["spec"]["policies"].as_array().is_some_and(|all| !all.is_empty());
    let steered = policies || meta.labels.as_ref().is_some_and(|all| !all.is_empty());
    let rules = (there && steered).then(|| Rules::of(&application(object)?).ok()).flatten();
    Some(News::Rules(key, rules.map(Box::new)))
}

fn take(
    event: watcher::Event<DynamicObject>,
    gathered: &mut Gathered,
    known: &mut BTreeMap<AppKey, ()>,
    listed: &mut Vec<AppKey>,
) {
    match event {
        watcher::Event::Init => listed.clear(),
        watcher::Event::InitApply(object) => {
            if let Some(app) = read(&object) {
                listed.push(app.key.clone());
                known.insert(app.key.clone(), ());
                gathered.changes.insert(app.key.clone(), Some(app));
            }
        }
        watcher::Event::InitDone => {
            listed.sort();
            let gone: Vec<AppKey> =
                known.keys().filter(|k| listed.binary_search(k).is_err()).cloned().collect();
            for key in gone {
                known.remove(&key);
                gathered.changes.insert(key, None);
            }
            gathered.complete = true;
        }
        watcher::Event::Apply(object) => {
            if let Some(app) = read(&object) {
                known.insert(app.key.clone(), ());
                gathered.changes.insert(app.key.clone(), Some(app));
            }
        }
        watcher::Event::Delete(object) => {
            if let Some(app) = read(&object) {
                known.remove(&app.key);
                gathered.changes.insert(app.key, None);
            }
        }
    }
}

fn read(object: &DynamicObject) -> Option<App> {
    application(object).map(|app| App::of(&app))
}

fn application(object: &DynamicObject) -> Option<Application> {
    let value = serde_json::to_value(object).ok()?;
    serde_json::from_value(value).ok()
}
