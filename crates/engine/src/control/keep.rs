//! Keeping a delivered state: what was recorded is compared with what is live, and repaired.
//!
//! The repair is a Plan like any other, and says who edited what. Source: `statekeep.go` of
//! `pkg/resourcekeeper`.

use jiff::Timestamp;
use mizzen_oam::Application;
use serde_json::Value;

use crate::apply::{Delivery, Writer};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::{Occasion, Plan, Reason, Rules};
use crate::track::Trackers;
use crate::track::garbage::{is_ours, object_id};

/// What keeping a state needs.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) writer: &'a Writer,
    pub(super) rules: &'a Rules,
    pub(super) now: Timestamp,
}

impl Keeper<'_> {
    /// Repairs what drifted; a sentence for each object that somebody else had changed.
    pub(super) async fn keep(
        &self,
        app: &Application,
        trackers: &Trackers,
    ) -> Result<Vec<String>, Error> {
        if self.rules.apply_once.whole_objects() {
            return Ok(Vec::new());
        }
        self.delete_again(app, trackers).await?;
        let plan = self.plan(trackers).await?;
        if plan.is_quiet() {
            return Ok(Vec::new());
        }
        let delivery = self.delivery();
        delivery.refused(&plan)?;
        delivery.carry_out(&plan, false).await?;
        Ok(plan.actions.iter().filter_map(repaired).collect())
    }

    /// What keeping the state would write.
    async fn plan(&self, trackers: &Trackers) -> Result<Plan, Error> {
        let kept = trackers.kept().filter(|entry| !entry.deleted);
        let manifests: Vec<(String, Value)> = kept
            .filter_map(|entry| Some((entry.cluster().to_owned(), entry.raw.clone()?)))
            .collect();
        self.delivery().plan(&manifests, Occasion::StateKeep).await
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery { fleet: self.fleet, writer: self.writer, rules: self.rules, now: self.now }
    }

    /// What a step deleted stays away.
    async fn delete_again(&self, app: &Application, trackers: &Trackers) -> Result<(), Error> {
        for entry in trackers.kept().filter(|entry| entry.deleted) {
            let id = object_id(entry);
            let live = self.fleet.get(&id).await?;
            let live = live.filter(|live| live["metadata"]["deletionTimestamp"].is_null());
            if let Some(live) = live.filter(|live| is_ours(app, live)) {
                let seen = crate::plan::Seen::of(&live);
                self.writer.delete(&id, None, Some(&seen)).await?;
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
