//! One delivery of manifests: read what is live, plan, try, record, write.
//!
//! Everything is tried with a dry run first, so that a manifest that a server refuses leaves nothing
//! behind, not even a record. Source of the order: `pkg/resourcekeeper/dispatch.go`.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::writer::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::{
    self, Action, ObjectId, Occasion, Plan, Reason, Record, Rules, TrackerSlot, Verb,
};
use crate::track::Trackers;

/// How many objects are worked on at a time.
const WIDTH: usize = 10;

/// What is needed to deliver for one application.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Where objects are read.
    pub fleet: &'a Fleet,
    /// How they are written.
    pub writer: &'a Writer,
    /// What the application says about its objects.
    pub rules: &'a Rules,
    /// The time.
    pub now: Timestamp,
}

impl Delivery<'_> {
    /// Delivers manifests, each with the cluster that it goes to, and records them. Gives them as they
    /// were written.
    ///
    /// # Errors
    /// When an object is refused, by us or by a server; then nothing is recorded. After the record
    /// exists, every object is tried and all failures are told together.
    pub async fn dispatch(
        &self,
        trackers: &mut Trackers,
        manifests: Vec<(String, Value)>,
    ) -> Result<Vec<(String, Value)>, Error> {
        let manifests = self.placed(manifests).await?;
        let dry = |error: Error| error.within("pre-dispatch dryrun failed");
        let plan = self.plan(&manifests, Occasion::Delivery).await.map_err(dry)?;
        self.refused(&plan).map_err(dry)?;
        self.carry_out(&plan, true).await.map_err(dry)?;
        let records = manifests.iter().map(|(_, object)| self.record(object)).collect();
        trackers.store(&self.writer.own(), records).await?;
        self.carry_out(&plan, false).await?;
        Ok(manifests)
    }

    /// Plans the writing of manifests.
    ///
    /// # Errors
    /// When live objects cannot be read.
    pub async fn plan(
        &self,
        manifests: &[(String, Value)],
        occasion: Occasion,
    ) -> Result<Plan, Error> {
        let each: Vec<BoxFuture<'_, Result<Action, Error>>> = manifests
            .iter()
            .map(|(cluster, object)| self.planned(cluster, object, occasion).boxed())
            .collect();
        let results: Vec<_> = stream::iter(each).buffered(WIDTH).collect().await;
        let (actions, errors): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        Error::all(errors.into_iter().filter_map(Result::err).collect())?;
        Ok(Plan { actions: actions.into_iter().flatten().collect() })
    }

    async fn planned(
        &self,
        cluster: &str,
        object: &Value,
        occasion: Occasion,
    ) -> Result<Action, Error> {
        let id = ObjectId::of(object, cluster);
        let live = self.fleet.get(&id).await.map_err(|error| error.within("cannot get object"))?;
        let mut action = plan::write::plan(&id, object, live.as_ref(), self.rules, occasion);
        let component = &object["metadata"]["labels"][mizzen_oam::labels::APP_COMPONENT];
        action.component = component.as_str().unwrap_or_default().to_owned();
        Ok(action)
    }

    /// Sends the requests of a plan, several at a time.
    ///
    /// # Errors
    /// All failures together.
    pub async fn carry_out(&self, plan: &Plan, dry_run: bool) -> Result<(), Error> {
        let failures = self.failures(plan, dry_run).await;
        Error::all(failures.into_iter().map(|(_, error)| error).collect())
    }

    /// Sends the requests of a plan, and says which of them failed.
    pub(crate) async fn failures<'p>(
        &self,
        plan: &'p Plan,
        dry_run: bool,
    ) -> Vec<(&'p Action, Error)> {
        let each: Vec<BoxFuture<'_, Result<(), Error>>> = plan
            .actions
            .iter()
            .map(|action| self.writer.carry_out(action, self.now, dry_run, false).boxed())
            .collect();
        let results: Vec<_> = stream::iter(each).buffered(WIDTH).collect().await;
        let pairs = plan.actions.iter().zip(results);
        pairs.filter_map(|(action, result)| Some((action, result.err()?))).collect()
    }

    /// The refusals of a plan as one error.
    ///
    /// # Errors
    /// When there are any.
    pub fn refused(&self, plan: &Plan) -> Result<(), Error> {
        Error::all(plan.refusals().map(refusal).collect())
    }

    /// Manifests as they are written: cluster-scoped kinds without a namespace.
    pub(crate) async fn placed(
        &self,
        mut manifests: Vec<(String, Value)>,
    ) -> Result<Vec<(String, Value)>, Error> {
        for (cluster, object) in &mut manifests {
            let id = ObjectId::of(object, cluster);
            let kind = self.fleet.kind(&id.cluster, &id.api_version, &id.kind).await;
            if kind.is_ok_and(|kind| !kind.namespaced)
                && let Some(metadata) = object["metadata"].as_object_mut()
            {
                metadata.shift_remove("namespace");
            }
        }
        Ok(manifests)
    }

    fn record(&self, object: &Value) -> Record {
        let strategy = self.rules.garbage_collect.strategy(object).unwrap_or_default();
        let root = matches!(strategy, "onAppDelete" | "never");
        Record {
            slot: if root { TrackerSlot::Root } else { TrackerSlot::Current },
            manifest: object.clone(),
            skip_gc: strategy == "never",
            reference_only: self.rules.apply_once.whole_objects(),
        }
    }
}

/// The sentence of a refusal, as readers of conditions know it.
pub(crate) fn refusal(action: &Action) -> Error {
    debug_assert_eq!(action.verb, Verb::Refuse);
    let id = &action.object;
    let message = match &action.reason {
        Reason::NotManaged => format!(
            "cannot apply ApplyOption: {} {}/{} exists but not managed by any application now",
            id.kind, id.namespace, id.name
        ),
        Reason::OwnedBy { owner } => format!(
            "cannot apply ApplyOption: existing object {} {}/{} is managed by other application {owner}",
            id.kind, id.namespace, id.name
        ),
        Reason::Invalid(why) if why.starts_with("application is controlled") => {
            format!("cannot apply ApplyOption: {why}")
        }
        other => other.to_string(),
    };
    Error::Refused { object: Box::new(id.clone()), message }
}
