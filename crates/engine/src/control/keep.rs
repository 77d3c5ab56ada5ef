//! Keeping a delivered state: what was recorded is compared with what is live, and repaired.
//!
//! The repair is a Plan like any other, and says who edited what. Source: `statekeep.go` of
//! `pkg/resourcekeeper`.

use mizzen_oam::Application;
use serde_json::Value;

use crate::apply::{Delivery, refusal};
use crate::error::Error;
use crate::plan::{Action, Occasion, Plan, Reason};
use crate::track::Trackers;
use crate::track::garbage::{is_ours, object_id};

/// Keeps a delivered state by delivering it again.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a>(pub(super) Delivery<'a>);

impl Keeper<'_> {
    /// Repairs what drifted; a sentence for each object that somebody else had changed.
    pub(super) async fn keep(
        &self,
        app: &Application,
        trackers: &Trackers,
    ) -> Result<Vec<String>, Error> {
        if self.0.rules.apply_once.whole_objects() {
            return Ok(Vec::new());
        }
        self.delete_again(app, trackers).await?;
        let plan = self.plan(trackers).await?;
        if plan.is_quiet() {
            return Ok(Vec::new());
        }
        let told = |(action, error): (&Action, Error)| {
            let (key, tracker) = (action.object.key(), trackers.holder(&action.object));
            error
                .within(format!("failed to re-apply resource {key} from resourcetracker {tracker}"))
        };
        let refusals = plan.refusals().map(|action| told((action, refusal(action))));
        Error::all(refusals.collect())?;
        Error::all(self.0.failures(&plan, false).await.into_iter().map(told).collect())?;
        Ok(plan.actions.iter().filter_map(repaired).collect())
    }

    /// What keeping the state would write.
    async fn plan(&self, trackers: &Trackers) -> Result<Plan, Error> {
        let kept = trackers.kept().filter(|entry| !entry.deleted);
        let manifests: Vec<(String, Value)> = kept
            .filter_map(|entry| Some((entry.cluster().to_owned(), entry.raw.clone()?)))
            .collect();
        self.0.plan(&manifests, Occasion::StateKeep).await
    }

    /// What a step deleted stays away.
    async fn delete_again(&self, app: &Application, trackers: &Trackers) -> Result<(), Error> {
        for entry in trackers.kept().filter(|entry| entry.deleted) {
            let id = object_id(entry);
            let live = self.0.fleet.get(&id).await?;
            let live = live.filter(|live| live["metadata"]["deletionTimestamp"].is_null());
            if let Some(live) = live.filter(|live| is_ours(app, live)) {
                let seen = crate::plan::Seen::of(&live);
                self.0.writer.delete(&id, None, Some(&seen)).await?;
            }
        }
        Ok(())
    }
}

fn repaired(action: &crate::plan::Action) -> Option<String> {
    action.request.as_ref()?;
    let id = &action.object;
    let what = format!("{} {} in cluster {}", id.kind, id.path(), id.cluster);
    match &action.reason {
        Reason::Drifted { by } => {
            let mut names: Vec<&str> = by.iter().map(|editor| editor.manager.as_str()).collect();
            names.dedup();
            // What no one else wrote was completed by the server; that is no drift.
            let who = Some(names.join(", ")).filter(|who| !who.is_empty())?;
            Some(format!("{what} was edited by {who} and is as delivered again"))
        }
        Reason::Absent | Reason::Vanished => Some(format!("{what} was gone and is there again")),
        _ => None,
    }
}
