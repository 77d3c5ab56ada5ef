//! The watch over all applications: gathered for a moment, then handed over in one message.

use std::collections::{BTreeMap, BTreeSet};
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
    let mut known: BTreeSet<AppKey> = BTreeSet::new();
    let mut listed: Vec<AppKey> = Vec::new();
    let mut gathered = Gathered::default();
    let mut flush_at: Option<Instant> = None;
    loop {
        let event = match flush_at {
            Some(at) => tokio::time::timeout_at(at, events.next()).await.ok(),
            None => Some(events.next().await),
        };
        match event {
            Some(Some(Ok(event))) => {
                let Some(event) = read(event) else { continue };
                if let Some(news) = news(&event)
                    && drift.send(news).await.is_err()
                {
                    return;
                }
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

/// An event with its application; nothing when it cannot be read.
fn read(event: watcher::Event<DynamicObject>) -> Option<watcher::Event<Application>> {
    Some(match event {
        watcher::Event::Init => watcher::Event::Init,
        watcher::Event::InitApply(object) => watcher::Event::InitApply(super::typed(object)?),
        watcher::Event::InitDone => watcher::Event::InitDone,
        watcher::Event::Apply(object) => watcher::Event::Apply(super::typed(object)?),
        watcher::Event::Delete(object) => watcher::Event::Delete(super::typed(object)?),
    })
}

fn key(app: &Application) -> AppKey {
    AppKey { namespace: app.metadata.namespace.clone(), name: app.metadata.name.clone() }
}

/// What an event means to whoever looks for drift.
fn news(event: &watcher::Event<Application>) -> Option<News> {
    let (app, rules) = match event {
        watcher::Event::Init => return None,
        watcher::Event::InitDone => return Some(News::AppsRead),
        watcher::Event::InitApply(app) | watcher::Event::Apply(app) => (app, Rules::of(app).ok()),
        watcher::Event::Delete(app) => (app, None),
    };
    Some(News::Rules(key(app), rules.map(Box::new)))
}

fn take(
    event: watcher::Event<Application>,
    gathered: &mut Gathered,
    known: &mut BTreeSet<AppKey>,
    listed: &mut Vec<AppKey>,
) {
    match event {
        watcher::Event::Init => listed.clear(),
        watcher::Event::InitApply(app) => {
            listed.push(key(&app));
            known.insert(key(&app));
            gathered.changes.insert(key(&app), Some(App::of(&app)));
        }
        watcher::Event::InitDone => {
            listed.sort();
            let gone: Vec<AppKey> =
                known.iter().filter(|k| listed.binary_search(k).is_err()).cloned().collect();
            for key in gone {
                known.remove(&key);
                gathered.changes.insert(key, None);
            }
            gathered.complete = true;
        }
        watcher::Event::Apply(app) => {
            known.insert(key(&app));
            gathered.changes.insert(key(&app), Some(App::of(&app)));
        }
        watcher::Event::Delete(app) => {
            known.remove(&key(&app));
            gathered.changes.insert(key(&app), None);
        }
    }
}
