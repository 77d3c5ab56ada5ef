//! What each side of a comparison holds: the wishes behind it, and the objects by cluster.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use kube::Api;
use kube::api::DynamicObject;
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_engine::forecast::{self, End, Forecast};
use mizzen_engine::operate::{self, History};
use mizzen_engine::plan::{ObjectId, Rules};
use mizzen_engine::track::garbage::object_id;
use mizzen_engine::workflow::Run;
use mizzen_oam::annotations::PUBLISH_VERSION;
use mizzen_oam::status::Revision;
use mizzen_oam::tracker::ManagedResource;
use mizzen_oam::{Application, ApplicationRevision, labels};
use serde_json::{Value, json};

use crate::console::effect::resources::{self, Known};
use crate::console::effect::world::World;
use crate::console::model::AppKey;
use crate::console::model::compare::{Pair, Side};
use crate::premises::Ground;

/// One side.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// What the Application asks for there; nothing where nobody keeps it.
    pub(super) wishes: Option<Value>,
    /// The objects.
    pub(super) objects: Vec<(ObjectId, Value)>,
    /// What is not known of it.
    pub(super) notes: Vec<String>,
}

/// Both sides of a pair without what runs.
///
/// # Errors
/// A sentence: one of them cannot be had.
pub(super) async fn both(
    world: &dyn World,
    key: &AppKey,
    pair: &Pair,
) -> Result<(Shown, Shown), String> {
    let reader = Reader::of(world, key).await?;
    let wishes = [pair.left(), pair.right()].contains(&&Side::Spec);
    let mut shown = Vec::new();
    for side in [pair.left(), pair.right()] {
        shown.push(if wishes { reader.wishes(side).await? } else { reader.side(side).await? });
    }
    let right = shown.pop().unwrap_or_default();
    Ok((shown.pop().unwrap_or_default(), right))
}

/// A side as if it had been delivered, to be compared with what runs.
///
/// # Errors
/// A sentence: it cannot be had.
pub(super) async fn recorded(
    world: &dyn World,
    key: &AppKey,
    side: &Side,
) -> Result<Known, String> {
    let reader = Reader::of(world, key).await?;
    let shown = reader.side(side).await?;
    let entry = |(id, object): (ObjectId, Value)| {
        let component = object["metadata"]["labels"][labels::APP_COMPONENT].as_str();
        ManagedResource {
            reference: id.reference(&id.cluster, ""),
            component: component.unwrap_or_default().to_owned(),
            raw: Some(object),
            ..ManagedResource::default()
        }
    };
    let rules = operate::rules(&reader.app).map_err(|error| error.to_string())?;
    let once = Rules::of(&reader.app).map(|rules| rules.apply_once).unwrap_or_default();
    let records = shown.objects.into_iter().map(entry).collect();
    Ok(Known { records, rules, once, notes: shown.notes })
}

/// Tells when one of two sides may be another: what was delivered, what is asked for.
pub(in crate::console::effect) fn changes(
    world: &Arc<dyn World>,
    key: &AppKey,
    pair: &Pair,
) -> BoxStream<'static, ()> {
    let sides = [pair.left(), pair.right()];
    let of_wishes = sides.iter().any(|side| matches!(side, Side::Spec | Side::Rendered));
    let trackers = resources::trackers_changed(world, key);
    if !of_wishes {
        return trackers;
    }
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.hub(), &key.namespace, &super::super::apps::resource());
    let one = watcher::Config::default().fields(&format!("metadata.name={}", key.name));
    let events = watcher(api, one).default_backoff().touched_objects();
    // The status moves all the time, and is no wish.
    let generations = events.filter_map(async |event| event.ok()?.metadata.generation);
    let changed = generations.scan(None, |last, generation| {
        let before = last.replace(generation);
        futures::future::ready(Some(before.is_some_and(|before| before != generation)))
    });
    let wishes = changed.filter_map(async |changed| changed.then_some(()));
    stream::select(trackers, wishes).boxed()
}

/// What sides are made from.
struct Reader<'a> {
    world: &'a dyn World,
    key: &'a AppKey,
    app: Application,
    history: History,
}

impl<'a> Reader<'a> {
    async fn of(world: &'a dyn World, key: &'a AppKey) -> Result<Self, String> {
        let said = |error: operate::OperateError| error.to_string();
        let app = operate::application(&world.hub(), &key.namespace, &key.name).await;
        let app = app.map_err(said)?;
        let history = operate::history(&world.hub(), &app).await.map_err(said)?;
        Ok(Self { world, key, app, history })
    }

    /// The wishes of a side alone.
    async fn wishes(&self, side: &Side) -> Result<Shown, String> {
        match side {
            Side::Spec | Side::Rendered => Ok(Shown::of(&self.app)),
            Side::Applied => Ok(self.applied_wishes()),
            Side::Revision(name) => Ok(Shown::of(&self.revision(name)?.spec.application)),
            Side::Live => Err("what runs is no wish; adopt it first".to_owned()),
        }
    }

    async fn side(&self, side: &Side) -> Result<Shown, String> {
        match side {
            Side::Spec | Side::Live => self.wishes(side).await,
            Side::Rendered => {
                let builtin = self.world.builtin()?;
                let ground = Ground::of_today(&self.world.hub(), builtin, &self.app).await?;
                Ok(Shown::of(&self.app).with(ground.walk(&self.app, Run::default(), true)?))
            }
            Side::Applied => {
                let known = resources::read(self.world, self.key).await?;
                Ok(Shown { ..self.applied_wishes() }.recorded(&known.records))
            }
            Side::Revision(name) => self.of_revision(self.revision(name)?).await,
        }
    }

    fn revision(&self, name: &str) -> Result<&ApplicationRevision, String> {
        let found = self
            .history
            .revision(name)
            .ok_or_else(|| format!("{} has no revision {name} any more", self.key))?;
        let packed = found.spec.compression.compression_type.as_str();
        match packed.is_empty() || !found.spec.application.spec.components.is_empty() {
            true => Ok(found),
            false => {
                Err(format!("revision {name} is packed with {packed}, which is not read here"))
            }
        }
    }

    fn applied_wishes(&self) -> Shown {
        let latest = self.app.status.latest_revision.as_ref();
        let revision = latest.and_then(|latest| self.revision(&latest.name).ok());
        match revision {
            Some(revision) => Shown::of(&revision.spec.application),
            None => Shown { notes: vec!["its revision is not kept".into()], ..Shown::default() },
        }
    }

    /// What a revision applied, as far as it is recorded; else as its own definitions render it.
    async fn of_revision(&self, revision: &ApplicationRevision) -> Result<Shown, String> {
        let name = revision.metadata.name.as_str();
        let shown = Shown::of(&revision.spec.application);
        if let Some(tracker) = self.history.tracker(name) {
            return Ok(shown.recorded(&tracker.spec.managed_resources));
        }
        let builtin = self.world.builtin()?;
        let definitions = forecast::snapshot(builtin, revision).map_err(|it| it.to_string())?;
        let mut app = revision.spec.application.clone();
        app.metadata.namespace.clone_from(&self.key.namespace);
        app.metadata.name.clone_from(&self.key.name);
        let hash = revision.metadata.label(labels::APP_REVISION_HASH).to_owned();
        app.status.latest_revision =
            Some(Revision { name: name.to_owned(), revision: 0, revision_hash: hash });
        let ground = Ground::read(&self.world.hub(), definitions, &app).await?;
        let mut shown = shown.with(ground.walk(&app, Run::default(), true)?);
        shown.notes.push(format!("{name} rendered anew: what it applied is not recorded"));
        Ok(shown)
    }
}

impl Shown {
    /// The wishes of an application.
    fn of(app: &Application) -> Self {
        let version = app.metadata.annotation(PUBLISH_VERSION);
        let mut wishes = json!({"kind": "Application", "spec": app.spec});
        if !version.is_empty() {
            wishes["metadata"] = json!({"annotations": {PUBLISH_VERSION: version}});
        }
        Self { wishes: Some(wishes), ..Self::default() }
    }

    fn with(mut self, forecast: Forecast) -> Self {
        let objects = forecast.steps.into_iter().flat_map(|step| step.objects);
        self.objects =
            objects.map(|(cluster, object)| (ObjectId::of(&object, &cluster), object)).collect();
        if let End::Stops { step, why } = forecast.end {
            self.notes.push(format!("beyond step {step} nothing can be foreseen: {why}"));
        }
        self
    }

    fn recorded(mut self, records: &[ManagedResource]) -> Self {
        let mut unknown = 0;
        for entry in records.iter().filter(|entry| !entry.deleted) {
            match &entry.raw {
                Some(raw) => self.objects.push((object_id(entry), raw.clone())),
                None => unknown += 1,
            }
        }
        if unknown > 0 {
            self.notes.push(format!("{unknown} not recorded"));
        }
        self
    }
}
