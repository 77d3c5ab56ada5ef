//! Which revision an application runs, and as what it is read.
//!
//! A published version is frozen: spec, definitions and what it refers to come from its revision until
//! another version is published. Source: `pkg/appfile/parser.go` and `revision.go` of the application
//! controller.

use mizzen_oam::{ApplicationRevision, annotations, labels};

use super::external::External;
use super::reconcile::{Look, Wrong};
use super::refer;
use super::snapshot;
use super::status::well;
use crate::error::Error;
use crate::render::{Appfile, Definitions, RevisionRef};
use crate::track::{Trackers, revision};

fn parse(error: Error) -> Wrong {
    Wrong { condition: "Parsed", phase: "rendering", event: "FailedParse", error }
}

fn store(error: Error) -> Wrong {
    Wrong { condition: "Revision", phase: "rendering", event: "FailedRevision", error }
}

impl Look<'_> {
    /// Parses the application and settles on its revision.
    pub(super) async fn revision(
        &mut self,
        trackers: &mut Trackers,
    ) -> Result<(Appfile, Definitions), Wrong> {
        let controller = self.controller;
        let packing = controller.options.features.revision_packing();
        trackers.set_packing(controller.options.features.tracker_packing());
        let known = revision::list(&controller.fleet, &self.app).await.map_err(store)?;
        if let Some(pinned) = self.pinned(&known) {
            let carried = revision::carried(&self.app, &pinned);
            revision::store(&controller.writer, &known, &carried, packing).await.map_err(store)?;
            return self.frozen(&carried).await.map_err(parse);
        }
        let external = External::read(&controller.fleet, &self.app).await.map_err(parse)?;
        let mut appfile = external.appfile(&self.app, RevisionRef::default()).map_err(parse)?;
        let external = external.policies(&controller.fleet, &mut appfile).await.map_err(parse)?;
        let referred = refer::load(&self.fleet, controller.web.as_ref(), &appfile)
            .await
            .map_err(|error| parse(error.within("failed to parseReferredObjects")))?;
        let taken = snapshot::read(&controller.fleet, &controller.compiler, &appfile);
        let taken = taken.await.map_err(parse)?;
        let now = self.time();
        well(&mut self.app.status, "Parsed", now);
        let mut frozen = taken.frozen;
        frozen.application = revision::frozen(&self.app);
        frozen.policies = external.policies;
        frozen.workflow = external.workflow;
        frozen.referred_objects = referred;
        let chosen = revision::choose(&self.app, frozen, &known);
        revision::store(&controller.writer, &known, &chosen.revision, packing)
            .await
            .map_err(store)?;
        well(&mut self.app.status, "Revision", now);
        appfile.revision = RevisionRef {
            name: chosen.status.name.clone(),
            hash: chosen.status.revision_hash.clone(),
        };
        let kept = &chosen.revision.spec.referred_objects;
        refer::fill(&self.fleet, &mut appfile, kept).await.map_err(parse)?;
        trackers.set_revision(&chosen.status.name);
        if chosen.is_new {
            self.app.status.latest_revision = Some(chosen.status);
            "rendering".clone_into(&mut self.app.status.phase);
            self.write_status().await.map_err(store)?;
        }
        let definitions =
            snapshot::of_revision(&controller.compiler, &chosen.revision).map_err(parse)?;
        Ok((appfile, definitions))
    }

    /// The application as its revision keeps it, with the labels and annotations that it had then.
    async fn frozen(
        &mut self,
        pinned: &ApplicationRevision,
    ) -> Result<(Appfile, Definitions), Error> {
        self.app.spec = pinned.spec.application.spec.clone();
        let definitions = snapshot::of_revision(&self.controller.compiler, pinned)?;
        let reference = RevisionRef {
            name: pinned.metadata.name.clone(),
            hash: pinned.metadata.label(labels::APP_REVISION_HASH).to_owned(),
        };
        let external = External::of(&pinned.spec);
        let mut appfile = external.appfile(&self.app, reference)?;
        external.named_in(&mut appfile);
        refer::fill(&self.fleet, &mut appfile, &pinned.spec.referred_objects).await?;
        let then = &pinned.spec.application.metadata;
        (appfile.labels, appfile.annotations) = (then.labels.clone(), then.annotations.clone());
        let now = self.time();
        well(&mut self.app.status, "Parsed", now);
        well(&mut self.app.status, "Revision", now);
        Ok((appfile, definitions))
    }

    /// The revision that the published version names, if it is the one that runs.
    fn pinned(&self, known: &[ApplicationRevision]) -> Option<ApplicationRevision> {
        let version = self.app.metadata.annotation(annotations::PUBLISH_VERSION);
        let latest = self.app.status.latest_revision.as_ref()?;
        let found = known.iter().find(|revision| revision.metadata.name == latest.name)?;
        let same = found.metadata.annotation(annotations::PUBLISH_VERSION) == version;
        (!version.is_empty() && same).then(|| found.clone())
    }
}
